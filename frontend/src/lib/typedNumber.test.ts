import { readNumber } from "./typedNumber";

test.each([
  ["1e9", 1e9],
  ["2e-1", 0.2],
  ["-2E+1", -20],
  ["−0.5", -0.5],
  ["–3", -3],
  [" +.25 ", 0.25],
  ["7.", 7],
  ["-0", 0],
])("%s is read as %d", (typed, number) => {
  expect(readNumber(typed, { min: -1e9, max: 1e9 })).toEqual({ number });
});

test.each([
  ["1,5", "“1,5” is no number. Write decimals with a point: 1.5."],
  ["−1,25", "“−1,25” is no number. Write decimals with a point: −1.25."],
  ["1,500.5", "“1,500.5” is no number."],
  ["1e39", "From −1e9 to 1e9."],
  ["1e999", "From −1e9 to 1e9."],
  ["1e-400", "Too near to 0 to be told from it."],
  ["0x10", "“0x10” is no number."],
  ["Infinity", "“Infinity” is no number."],
  ["1e", "“1e” is no number."],
  ["--1", "“--1” is no number."],
])("%s is refused", (typed, refused) => {
  expect(readNumber(typed, { min: -1e9, max: 1e9 })).toEqual({ refused });
});

test("whole numbers and one-sided limits are told", () => {
  expect(readNumber("2.5", { whole: true })).toEqual({ refused: "A whole number." });
  expect(readNumber("2e1", { whole: true })).toEqual({ number: 20 });
  expect(readNumber("-1", { min: 0 })).toEqual({ refused: "No less than 0." });
  expect(readNumber("3", { max: 2 })).toEqual({ refused: "No more than 2." });
});
