import { axisOf, binWidth, colorEnds, isMatrix, pictureOf } from "./specChart";

const sheet = {
  columns: ["layer", "rank", "prompt"],
  rows: [
    [1, 40, "a"],
    [0, 90, "a"],
    [0, null, "b"],
    [1, 3, "b"],
  ],
};
const spec = { kind: "line", title: "Rank", x: "layer", y: "rank", z: "prompt" } as const;

test("a line goes along x, one for each z; a row without a value has no place and is counted", () => {
  const picture = pictureOf(spec, sheet);
  if ("missing" in picture) throw new Error(picture.missing);
  expect(picture.series).toEqual(["a", "b"]);
  expect(picture.marks.filter((mark) => mark.series === 0).map(({ x, y }) => [x, y])).toEqual([
    [0, 90],
    [1, 40],
  ]);
  expect(picture.left).toBe(1);
});

test("cells and bars have names, numbers among them by size", () => {
  const picture = pictureOf({ ...spec, kind: "heatmap", y: "prompt", z: "rank" }, sheet);
  expect(picture).toMatchObject({ xNames: ["0", "1"], yNames: ["a", "b"] });
});

test("colours stretch over the cells that are there, unless the picture says over what", () => {
  const cells = { ...spec, kind: "heatmap", y: "prompt", z: "rank" } as const;
  const picture = pictureOf(cells, sheet);
  if ("missing" in picture) throw new Error(picture.missing);
  expect(colorEnds(cells, picture)).toEqual([3, 90]);
  expect(colorEnds({ ...cells, z_low: 0, z_high: 100 }, picture)).toEqual([0, 100]);
});

test("both axes of a matrix have one order, whatever row came first", () => {
  const cells = {
    columns: ["sae", "other", "cosine"],
    rows: [
      ["a", "b", 0.5],
      ["b", "a", 0.5],
      ["a", "a", 1],
    ],
  };
  const picture = pictureOf({ kind: "heatmap", title: "Pairs", x: "sae", y: "other", z: "cosine" }, cells);
  if ("missing" in picture) throw new Error(picture.missing);
  expect(picture.yNames).toEqual(["a", "b"]);
  expect(isMatrix(picture)).toBe(true);
  expect(isMatrix({ xNames: ["a", "b"], yNames: ["c", "d"] })).toBe(false);
});

test("a column that the table lacks is named", () => {
  expect(pictureOf({ ...spec, y: "loss" }, sheet)).toEqual({ missing: "loss" });
});

test("an axis of bars holds zero, a log axis only what is above it", () => {
  const bars = axisOf([3, 9], undefined, { from: 100, to: 0, log: false, zero: true, most: 6 });
  expect(bars.at(0)).toBe(100);
  const log = axisOf([1, 100], undefined, { from: 0, to: 100, log: true, zero: false, most: 6 });
  expect(log.at(10)).toBeCloseTo(50);
});

test("a histogram's bars are as wide as its bins", () => {
  expect(binWidth([0, 0.5, 1, 2])).toBe(0.5);
  expect(binWidth([4])).toBe(1);
});
