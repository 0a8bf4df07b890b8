import { curvesOf, latestOf, unitOf } from "./curves";

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

test("a stage that counts anew is no part of the curve before it", () => {
  const columns = new Map([
    ["step", [256, 512, 768, 40, 768]],
    ["fvu", [0.9, 0.8, 0.7, 0.5, 0.4]],
  ]);
  const [chart] = curvesOf(columns);
  expect(chart?.x).toEqual([256, 512, 768]);
  expect(chart?.curves[0]?.values).toEqual([0.9, 0.8, 0.7]);
});

test("what was reported last is the last number of each curve", () => {
  const columns = new Map([
    ["step", [0, 1, 2]],
    ["loss", [3, 2, Number.NaN]],
    ["l0", [32, 31, 30]],
  ]);
  expect(latestOf(curvesOf(columns))).toEqual({ loss: 2, l0: 30 });
});

test("a curve has the unit of its points, whatever the run does now; none that would be a guess", () => {
  const of = (unit: string | null, ...steps: number[]) => unitOf({ columns: new Map([["step", steps]]), unit });
  expect(of("rows", 256, 512, 768)).toBe("rows");
  expect(of("features", 256, 512, 768, 40)).toBe("progress");
  expect(of(null, 256, 512)).toBe("progress");
  expect(of(null)).toBe("progress");
});

test("no news, no chart", () => {
  expect(curvesOf(new Map())).toEqual([]);
});
