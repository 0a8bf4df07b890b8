import fc from "fast-check";
import { endsOfNothing, extentOf, smoothed, thinned } from "./series";

test("no weight leaves the values alone, a constant stays itself under any", () => {
  expect([...smoothed([1, 5, 2], 0)]).toEqual([1, 5, 2]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), (weight) => {
      for (const value of smoothed([3, 3, 3, 3], weight)) expect(value).toBeCloseTo(3, 9);
    }),
  );
});

test("the average is the one that is written out", () => {
  const [a, b, c] = smoothed([1, 2, 4], 0.5);
  expect(a).toBeCloseTo(1);
  expect(b).toBeCloseTo((0.5 * 1 + 2) / 1.5);
  expect(c).toBeCloseTo((0.25 * 1 + 0.5 * 2 + 4) / 1.75);
});

test("a gap stays a gap and the curve goes on after it", () => {
  const [, gap, after] = smoothed([1, Number.NaN, 1], 0.9);
  expect(gap).toBeNaN();
  expect(after).toBeCloseTo(1);
});

test("a domain leaves out what cannot be drawn", () => {
  expect(
    extentOf(
      [
        [1, Number.NaN, -3],
        [7, Number.POSITIVE_INFINITY],
      ],
      false,
    ),
  ).toEqual([-3, 7]);
  expect(extentOf([[0, -3, 5]], true)).toEqual([5, 5]);
  expect(extentOf([[Number.NaN]], false)).toBeUndefined();
});

test("a table of many points has the first and the last", () => {
  expect(thinned(3, 5)).toEqual([0, 1, 2]);
  expect(thinned(1001, 5)).toEqual([0, 250, 500, 750, 1000]);
});

test("where all is 0 the axis ends at 1, else at what there is", () => {
  expect(endsOfNothing(0, 0)).toEqual([0, 1]);
  expect(endsOfNothing(0, 0.5)).toBeUndefined();
  expect(endsOfNothing(16, 16)).toBeUndefined();
});
