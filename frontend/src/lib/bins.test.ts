import { binsOf, countIn, placeOf, rangeOf } from "./bins";

const bins = { edges: [0, 1, 2, 3, 4], counts: [5, 0, 7, 2] };

test("a range of bins and its values map one to the other", () => {
  for (let first = 0; first < 4; first++)
    for (let last = first; last < 4; last++) expect(binsOf(bins, rangeOf(bins, [first, last]))).toEqual([first, last]);
});

test("a range inside a bin touches that bin, one beyond the ends the last", () => {
  expect(binsOf(bins, [1.2, 1.6])).toEqual([1, 1]);
  expect(binsOf(bins, [9, 12])).toEqual([3, 3]);
  expect(binsOf(bins, [-5, -2])).toEqual([0, 0]);
});

test("a value stands between the edges where it lies", () => {
  expect([-1, 0, 0.5, 3.25, 4, 9].map((value) => placeOf(bins, value))).toEqual([0, 0, 0.5, 3.25, 4, 4]);
});

test("an edge that was written with four digits is still that edge", () => {
  const log = { edges: Array.from({ length: 61 }, (_, i) => 0.000123456 * 1.1 ** i), counts: Array(60).fill(1) };
  const short = (value: number) => Number(value.toPrecision(4));
  for (let first = 1; first < 59; first++) {
    const [low, high] = rangeOf(log, [first, first]) ?? [0, 0];
    expect(binsOf(log, [short(low), short(high)])).toEqual([first, first]);
  }
});

test("all bins are no range, and they are counted", () => {
  expect(rangeOf(bins, [0, 3])).toBeNull();
  expect(countIn(bins, [2, 3])).toBe(9);
});
