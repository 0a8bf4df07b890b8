import { curvesOf } from "./curves";

test("every metric has a chart, those of one stem share it, axes are none", () => {
  const charts = curvesOf(
    new Map([
      ["step", [0, 1, 2]],
      ["time", [0, 0.1, 0.2]],
      ["loss", [3, Number.NaN, 1]],
      ["dead/a", [0, 0, Number.NaN]],
      ["dead/b", [1, Number.NaN, Number.NaN]],
    ]),
  );
  expect(charts.map(({ name, x, curves }) => [name, x, curves.map(({ label }) => label)])).toEqual([
    ["loss", [0, 2], ["loss"]],
    ["dead", [0, 1], ["a", "b"]],
  ]);
  expect(charts[0]?.curves[0]?.values).toEqual([3, 1]);
});

test("no news, no chart", () => {
  expect(curvesOf(new Map())).toEqual([]);
});
