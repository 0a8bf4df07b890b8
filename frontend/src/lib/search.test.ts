import fc from "fast-check";
import * as z from "zod/mini";
import { intervalEnds, p, parseSearch, rangeEnds, stringifySearch, unread, writtenInterval } from "./search";

const name = fc.stringMatching(/^[a-z_]{1,8}$/);
const value = fc.string({ minLength: 1, unit: "binary" });

test("any strings survive the round trip", () => {
  fc.assert(
    fc.property(fc.dictionary(name, value), (search) => {
      expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
    }),
  );
});

test("what looks like JSON, a number or a hash stays a string", () => {
  const search = { cell: "5.3", hash: "1e5", list: "[1]", quote: '"', plus: "a+b c", amp: "a&b=c", percent: "%2C" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test("lists are joined by commas, flags are 0 and 1, absent and empty values are left out", () => {
  const search = { pins: [40, 10], flip: true, embed: false, none: undefined, empty: "", nothing: [] };
  expect(stringifySearch(search)).toBe("?pins=40,10&flip=1&embed=0");
});

test("typed values survive the round trip through their codecs", () => {
  const schema = z.object({
    token: p.intOpt(0),
    k: p.int(10, 1, 100),
    temperature: p.num(0, 0, 10),
    pins: p.ints(),
    flip: p.bool(),
    metric: p.oneOf(["prob", "rank"], "prob"),
    cell: p.cell(),
    span: p.range(),
  });
  const typed = fc.record({
    token: fc.option(fc.nat(), { nil: undefined }),
    k: fc.integer({ min: 1, max: 100 }),
    temperature: fc.double({ min: 0, max: 10, noNaN: true }),
    pins: fc.array(fc.nat(), { maxLength: 64 }),
    flip: fc.boolean(),
    metric: fc.constantFrom("prob" as const, "rank" as const),
    cell: fc.option(
      fc.tuple(fc.nat(99), fc.nat(9999)).map(([layer, token]) => `${layer}.${token}`),
      { nil: undefined },
    ),
    span: fc.option(
      fc.tuple(fc.nat(999), fc.nat(999)).map(([from, more]) => `${from}-${from + more}`),
      {
        nil: undefined,
      },
    ),
  });
  fc.assert(
    fc.property(typed, (search) => {
      expect(schema.parse(parseSearch(stringifySearch(search)))).toEqual(search);
      // What navigate() hands over is the typed value itself.
      expect(schema.parse(search)).toEqual(search);
    }),
  );
});

test("values that do not parse fall back to their defaults", () => {
  const schema = z.object({ k: p.int(10, 1, 100), pins: p.ints(), flip: p.bool(), cell: p.cell(), span: p.range() });
  const mangled = { k: "999", pins: "a,b", flip: "maybe", cell: "x.y", span: "9-2" };
  expect(schema.parse(mangled)).toEqual({ k: 10, pins: [], flip: false, cell: undefined, span: undefined });
  expect(schema.parse({ k: "" }).k).toBe(10);
  expect(schema.parse({})).toEqual({ k: 10, pins: [], flip: false });
});

test("what fell back is named as it was written", () => {
  const schema = z.object({
    k: p.int(10, 1, 100),
    read: p.oneOf(["for", "after"], "for"),
    lo: p.numOpt(),
    vs: p.claim(),
  });
  const raw = { k: "999", read: "sideways", lo: "low", vs: "1e5", mine: "kept" };
  expect(unread(schema, raw)).toEqual(["k=999", "read=sideways", "lo=low"]);
  expect(unread(schema, { k: "10", read: "for", lo: "0" })).toEqual([]);
  expect(unread(schema, { k: "010", read: "after", lo: "" })).toEqual([]);
});

test("a claim is kept as it was written", () => {
  expect(z.object({ vs: p.claim() }).parse(parseSearch("?vs=1e5"))).toEqual({ vs: "1e5" });
});

test("a range has two ends or none", () => {
  expect(rangeEnds("3-17")).toEqual([3, 17]);
  expect(rangeEnds("3")).toBeUndefined();
  expect(rangeEnds(undefined)).toBeUndefined();
});

test("an interval of numbers may be open on either side", () => {
  expect(intervalEnds("1e-5-0.01")).toEqual([1e-5, 0.01]);
  expect(intervalEnds("0.5-")).toEqual([0.5, Number.POSITIVE_INFINITY]);
  expect(intervalEnds("-3")).toEqual([0, 3]);
  for (const none of ["", "-", "3", "a-b", "1--2", undefined]) expect(intervalEnds(none)).toBeUndefined();
  const schema = z.object({ max: p.interval(), cols: p.words() });
  expect(schema.parse({ max: "3-1", cols: "id,<b>" })).toEqual({ max: undefined, cols: [] });
  expect(schema.parse({ max: "1-3", cols: "id,label" })).toEqual({ max: "1-3", cols: ["id", "label"] });
});

test("an interval that is written is read again, to four digits", () => {
  const size = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(size, size, (one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      const ends = intervalEnds(writtenInterval(low, high));
      expect(ends?.[0]).toBeCloseTo(low, -Math.floor(Math.log10(low)) + 2);
      expect(ends?.[1]).toBeCloseTo(high, -Math.floor(Math.log10(high)) + 2);
    }),
  );
  expect(writtenInterval(0, Number.POSITIVE_INFINITY)).toBeUndefined();
});
