import fc from "fast-check";
import { otherThan, stepFrom } from "./walk";

test("a step goes round, and from nowhere to an end", () => {
  expect([0, 1, 2].map((now) => stepFrom(now, 1, 3))).toEqual([1, 2, 0]);
  expect([0, 1, 2].map((now) => stepFrom(now, -1, 3))).toEqual([2, 0, 1]);
  expect([stepFrom(-1, 1, 3), stepFrom(-1, -1, 3)]).toEqual([0, 2]);
});

test("another one is drawn, and every other one can be", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.nat(8),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (count, at, draw) => {
        const now = at % count;
        const drawn = otherThan(now, count, draw);
        expect(drawn).not.toBe(now);
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(count);
      },
    ),
  );
  expect([0, 0.4, 0.9].map((draw) => otherThan(1, 4, draw))).toEqual([0, 2, 3]);
  expect([otherThan(0, 1, 0.9), otherThan(-1, 3, 0.9)]).toEqual([0, 2]);
});
