import { mostOf, positionsOf } from "./actsAt";

test("stretches are their positions", () => {
  expect(positionsOf([])).toEqual([]);
  expect(
    positionsOf([
      [0, 2],
      [5, 6],
    ]),
  ).toEqual([0, 1, 5]);
});

test("the most of no layer is nothing", () => {
  expect([mostOf([]), mostOf([0.2, 0.7, 0.1])]).toEqual([0, 0.7]);
});
