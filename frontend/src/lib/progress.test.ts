import { axisTexts, axisWords, formatDuration, formatMany, progressWords } from "./progress";

test("durations have at most two units", () => {
  const told = [0, 0.25, 7, 95, 120, 3600, 7260, 100 * 3600].map(formatDuration);
  expect(told).toEqual(["0 s", "250 ms", "7 s", "1 min 35 s", "2 min", "1 h", "2 h 1 min", "4 d 4 h"]);
});

test("large counts are short", () => {
  expect([3, 9999, 45_600, 1_234_567, 2e9, 0.1234].map(formatMany)).toEqual([
    "3",
    "9\u2009999",
    "45.6 k",
    "1.23 M",
    "2 G",
    "0.123",
  ]);
});

test("what is not known is not told", () => {
  const facts = { done: 12_000, of: 40_000, unit: "tokens", per_s: 5_000, left_s: 5.6 };
  expect(progressWords(facts)).toEqual(["12 k of 40 k tokens", "5\u2009000 tokens/s", "6 s left"]);
  expect(progressWords({ ...facts, of: null, per_s: null, left_s: null })).toEqual(["12 k tokens"]);
});

test("what has stopped has no rate and no time left", () => {
  const facts = { done: 12_000, of: 40_000, unit: "rows", per_s: 26_900, left_s: 372 };
  expect(progressWords(facts, false)).toEqual(["12 k of 40 k rows"]);
});

test("neighbours on an axis are told apart", () => {
  expect([50_000, 150_000, 200_000, 0, 2.5e-4, 0.125, -3].map(axisWords)).toEqual([
    "50 k",
    "150 k",
    "200 k",
    "0",
    "2.5e−4",
    "0.125",
    "−3",
  ]);
});

test("ticks that lie close together have the digits that they differ in", () => {
  expect(axisTexts([15.994, 15.996, 15.998, 16])).toEqual(["15.994", "15.996", "15.998", "16.000"]);
  expect(axisTexts([-0.5, 0, 0.5])).toEqual(["−0.5", "0", "0.5"]);
  expect(axisTexts([1_234_000, 1_234_500])).toEqual(["1234000", "1234500"]);
});
