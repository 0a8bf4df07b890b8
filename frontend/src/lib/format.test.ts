import {
  formatBytes,
  formatCell,
  formatCount,
  formatKl,
  formatNamed,
  formatNats,
  formatNumber,
  formatPrecise,
  formatProb,
  formatShare,
  formatSigned,
  formatTick,
  niceStep,
  truncateMiddle,
  withUnit,
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

test.each([
  [0.00039999998989515007, "0.0004"],
  [-0.012345, "−0.0123"],
  [31.84, "31.8"],
  [12_345.6, "12\u2009346"],
  [12_345, "12\u2009345"],
  [-4096, "−4\u2009096"],
  [0, "0"],
  [0.1 + 0.2, "0.3"],
  [3.14e-5, "3.14e−5"],
  [-2e-9, "−2e−9"],
  [12_345_678, "12.3 M"],
  [-1.5e9, "−1.5 G"],
  [2e15, "2e15"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [undefined, "–"],
  [null, "–"],
  [Number.NaN, "–"],
])("%d has as many digits as say something: %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test("more digits can be asked for", () => {
  expect(formatNumber(6001.9, 4)).toBe("6\u2009002");
  expect([0.123456, 1234.56, 12_345_678].map((value) => formatNumber(value, 5))).toEqual([
    "0.12346",
    "1234.6",
    "12.346 M",
  ]);
});

test("bytes have their unit, also where only their name says that they are bytes", () => {
  expect([0, 999, 1536, 38_400_000, 1.5e9].map(formatBytes)).toEqual(["0 B", "999 B", "1.5 kB", "38 MB", "1.5 GB"]);
  expect([formatNamed("bytes", 1536), formatNamed("n_bytes", 12), formatNamed("fvu", 0.123456)]).toEqual([
    "1.5 kB",
    "12 B",
    "0.1235",
  ]);
  expect(formatNamed("bytes", null)).toBe("–");
});

test("a divergence that rounding makes is no number", () => {
  expect([0, 9.3e-8, -2e-8, 1e-6, 0.03651, Number.NaN].map((kl) => formatKl(kl))).toEqual([
    "0",
    "< 1e−6",
    "< 1e−6",
    "1e−6",
    "0.037",
    "–",
  ]);
  expect(formatKl(0.03651, 3)).toBe("0.0365");
});

test("one of a unit is not several", () => {
  expect(["1", "1.0", "0", "< 1e−6"].map((written) => withUnit(written, "nat"))).toEqual([
    "1 nat",
    "1.0 nats",
    "0 nats",
    "< 1e−6 nats",
  ]);
});
