import {
  formatCell,
  formatCount,
  formatNats,
  formatPrecise,
  formatProb,
  formatShare,
  formatSigned,
  formatTick,
  niceStep,
  truncateMiddle,
} from "./format";

test.each([
  [0, "0.00"],
  [1, "1.00"],
  [0.9999, ">0.99"],
  [0.864, "0.86"],
  [0.01, "0.01"],
  [0.00996, "0.01"],
  [0.0099, ".0099"],
  [0.0021, ".0021"],
  [3e-7, "3e−7"],
  [Number.NaN, "–"],
])("probability %d is %s", (p, text) => {
  expect(formatProb(p)).toBe(text);
});

test("shares have one form, whatever their size and sign", () => {
  expect([0.02, 0.00996, 0.9962, 1.2, -0.1, -0.0001, Number.NaN].map(formatShare)).toEqual([
    "0.020",
    "0.010",
    "0.996",
    "1.200",
    "−0.100",
    "0.000",
    "–",
  ]);
});

test("differences always carry their sign", () => {
  expect([formatSigned(0.124), formatSigned(-0.031), formatSigned(-0.001)]).toEqual(["+0.12", "−0.03", "0.00"]);
});

test("nats, counts, full precision and ticks", () => {
  expect(formatNats(-3.104)).toBe("−3.10");
  expect(formatCount(1234567)).toBe("1\u2009234\u2009567");
  expect(formatPrecise(0.1234567891)).toBe("0.1234568");
  expect([formatTick(0.5), formatTick(1e-6), formatTick(-14), formatTick(4096), formatTick(2e5)]).toEqual([
    "0.5",
    "1e−6",
    "−14",
    "4096",
    "2e5",
  ]);
});

test("the middle of a long text is left out, by whole characters", () => {
  expect(truncateMiddle("abcdefghij", 5)).toBe("ab…ij");
  expect(truncateMiddle("😀😀😀😀", 3)).toBe("😀…😀");
  expect(truncateMiddle("abc", 3)).toBe("abc");
});

test("axis steps are round", () => {
  expect([0.3, 1, 3, 8.8, 44].map(niceStep)).toEqual([1, 1, 5, 10, 50]);
});

test("a cell shows what 16 bits carry, and a rank whole", () => {
  expect(formatCell(0.8618435)).toBe("0.862");
  expect(formatCell(50_256)).toBe("50256");
  expect(formatCell(Number.NaN)).toBe("missing");
});
