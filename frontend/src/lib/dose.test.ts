import { doseOf, strengthsIn, writtenDose } from "./dose";

test("a range is written as it is read", () => {
  for (const text of ["-2:2:17", "0:1.5:4", "-1e3:-0.25:41"])
    expect(doseOf(writtenDose(doseOf(text) ?? { lo: 0, hi: 0, n: 0 }))).toEqual(doseOf(text));
});

test("what is no range that can be run is none", () => {
  for (const text of [undefined, "", "2:-2:5", "0:1:1", "0:1:42", "a:b:3", "1:2", "-1e9:1:3"])
    expect(doseOf(text)).toBeUndefined();
});

test("strengths go evenly from end to end, and 0 is 0", () => {
  expect(strengthsIn({ lo: -2, hi: 2, n: 5 })).toEqual([-2, -1, 0, 1, 2]);
  expect(strengthsIn({ lo: -0.3, hi: 0.6, n: 4 })).toEqual([-0.3, 0, 0.3, 0.6]);
});
