import { byFeature, chatSearch, coloredBy, scaleEnds, searchOf, selectedOf } from "./params";

describe("what is selected", () => {
  it("is the token of a cell that stands alone", () => {
    expect(selectedOf({ cell: "7.31" })).toEqual({ token: 31, layer: 7 });
    expect(selectedOf({ cell: "embed.0" })).toEqual({ token: 0, layer: "embed" });
  });
  it("is the token where the cell is another's", () => {
    expect(selectedOf({ token: 5, cell: "7.31" })).toEqual({ token: 5 });
    expect(selectedOf({ token: 0, cell: "7.31" })).toEqual({ token: 0 });
  });
  it("comes back as it was written", () => {
    const search = searchOf({ token: 4, layer: "embed" }, undefined);
    expect(selectedOf(search)).toEqual({ token: 4, layer: "embed" });
    expect(searchOf({ token: undefined }, 4)).toEqual({ token: undefined, cell: undefined });
  });
});

it("a scale is two numbers, the smaller one first", () => {
  expect(scaleEnds("0 to 0.5")).toEqual({ lo: 0, hi: 0.5 });
  expect(scaleEnds("-14 -2.5")).toEqual({ lo: -14, hi: -2.5 });
  expect(scaleEnds("1e-6 to .1")).toEqual({ lo: 1e-6, hi: 0.1 });
  for (const text of ["", "1", "2 to 1", "1 to 1", "a to b", "0 to 1 to 2"]) expect(scaleEnds(text)).toBeUndefined();
});

it("a feature stands in a metric's place, and the metric is what is left without it", () => {
  expect(coloredBy("feature:l8/3")).toEqual({ metric: "prob", feature: { sae: "l8", index: 3 } });
  expect(coloredBy("entropy")).toEqual({ metric: "entropy", feature: undefined });
  expect(chatSearch.parse({ by: "feature:l8/3" }).by).toBe("feature:l8/3");
  for (const wrong of ["feature:l8", "feature:/3", "colour", "feature:l8/x"])
    expect(chatSearch.parse({ by: wrong }).by).toBe("prob");
  expect(byFeature({ sae: "l8", index: 3 })).toBe("feature:l8/3");
});
