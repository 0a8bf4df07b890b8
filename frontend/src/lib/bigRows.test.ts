import fc from "fast-check";
import { type Extent, MAX_PX, moved, placeOfRow, placeToShow, rowsIn, spacerPx, thumbOf, topOf } from "./bigRows";

const extent = (count: number): Extent => ({ count, rowPx: 28, viewPx: 560 });
const START = { top: 0, thumb: 0 };

test("a short table is as high as its rows, and scrolls as it is", () => {
  const few = extent(1000);
  expect(spacerPx(few)).toBe(28_000);
  expect(moved(few, START, 1234.5)).toEqual({ top: 1234.5, thumb: 1234.5 });
});

test("a table of three million rows stays below what browsers clamp", () => {
  expect(spacerPx(extent(3_000_000))).toBe(MAX_PX);
});

test.each([1000, 1_000_000, 3_000_000])(
  "the thumb and the rows map one to the other, ends to ends: %d rows",
  (count) => {
    const big = extent(count);
    expect(topOf(big, 0)).toBe(0);
    expect(topOf(big, spacerPx(big) - 560)).toBe(count * 28 - 560);
    fc.assert(
      fc.property(fc.double({ min: 0, max: count * 28 - 560, noNaN: true }), (top) => {
        expect(topOf(big, thumbOf(big, top))).toBeCloseTo(top, 3);
      }),
    );
  },
);

test("a wheel moves the rows by its own pixels wherever the thumb is", () => {
  const big = extent(3_000_000);
  const middle = placeOfRow(big, 1_500_000);
  const after = moved(big, middle, middle.thumb + 100);
  expect(after.top - middle.top).toBeCloseTo(100, 6);
});

test("wheeling down and up again comes back to the same row", () => {
  const big = extent(3_000_000);
  let place = placeOfRow(big, 700_000);
  const from = place.top;
  for (const by of [...Array(50).fill(120), ...Array(50).fill(-120)]) place = moved(big, place, place.thumb + by);
  expect(place.top).toBeCloseTo(from, 6);
});

test("the last row is reached exactly, and the first again", () => {
  const big = extent(3_000_000);
  const end = moved(big, START, MAX_PX - 560);
  expect(rowsIn(big, end.top, 0).last).toBe(2_999_999);
  expect(moved(big, end, 0).top).toBe(0);
});

test("a row that is asked for is on top, or as far up as the rows below it let it", () => {
  const big = extent(1_000_000);
  expect(rowsIn(big, placeOfRow(big, 654_321).top, 0).first).toBe(654_321);
  expect(placeOfRow(big, 999_999).top).toBe(1_000_000 * 28 - 560);
});

test("a row is brought into view by the least move", () => {
  const big = extent(1_000_000);
  const place = placeOfRow(big, 100);
  expect(placeToShow(big, place, 100)).toBeUndefined();
  expect(placeToShow(big, place, 119)).toBeUndefined();
  expect(placeToShow(big, place, 120)?.top).toBe(101 * 28);
  expect(placeToShow(big, place, 40)?.top).toBe(40 * 28);
});

test("rows in view are those whose pixels are, and none of an empty table", () => {
  expect(rowsIn(extent(1000), 280, 0)).toEqual({ first: 10, last: 30 });
  expect(rowsIn(extent(0), 0, 8)).toEqual({ first: 0, last: -1 });
});
