/**
 * Search parameters of the URL: plain strings in and out. No JSON, no quotes, no guessing of numbers, so that
 * `cell=5.3` stays a cell and the hash `1e5…` stays a hash.
 *
 * Each codec of `p` accepts the string from the URL and the typed value from `navigate()`, and falls back to its default
 * rather than throwing: these are *view* parameters. A *claim* (an id, a hash) is a plain `p.claim()`, and the page says
 * so when what it names does not exist.
 */
import * as z from "zod/mini";

export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

const encode = (text: string) =>
  encodeURIComponent(text)
    .replace(/%(2C|3A|2F|40|7C|5B|5D)/g, (code) => decodeURIComponent(code))
    .replace(/%20/g, "+");

const written = (value: unknown) => {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "boolean") return value ? "1" : "0";
  return String(value);
};

const isAbsent = (value: unknown) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** `{a: 1, pins: [3, 5]}` → `?a=1&pins=3,5`; absent and empty values are left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const query = Object.entries(search)
    .filter(([, value]) => !isAbsent(value))
    .map(([name, value]) => `${encode(name)}=${encode(written(value))}`)
    .join("&");
  return query ? `?${query}` : "";
}

const ofRange = (text: string) => {
  const match = /^(\d{1,7})-(\d{1,7})$/.exec(text);
  return match ? ([Number(match[1]), Number(match[2])] as const) : undefined;
};

/** The two ends of a range parameter, inclusive `first-last` with first ≤ last, or undefined where there is none. */
export const rangeEnds = (range: string | undefined) => (range === undefined ? undefined : ofRange(range));

const NUMBER = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const INTERVAL = new RegExp(`^${NUMBER}?-${NUMBER}?$`);

/** The two ends of an interval of numbers that are not negative, `low-high`; either may be left out: `1e-5-0.01`, `0.5-`. */
export function intervalEnds(text: string | undefined): [low: number, high: number] | undefined {
  const match = INTERVAL.exec(text ?? "");
  if (!match || (match[1] === undefined && match[2] === undefined)) return undefined;
  return [Number(match[1] ?? 0), Number(match[2] ?? Number.POSITIVE_INFINITY)];
}

/** An end with four digits, as an address writes it; empty where it is infinite. */
export const shortEnd = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "");

/** Ends with four digits; undefined where they leave nothing out. */
export function writtenInterval(low: number, high: number): string | undefined {
  const [from, to] = [low > 0 ? shortEnd(low) : "", shortEnd(high)];
  return from || to ? `${from}-${to}` : undefined;
}

/** An empty value is no number, though `Number("")` is 0. */
const filled = z.transform((value) => (typeof value === "string" && value.trim() === "" ? Number.NaN : value));
const within = (min: number, max: number) => z.pipe(filled, z.coerce.number().check(z.gte(min), z.lte(max)));
const whole = (min: number, max: number) => z.pipe(filled, z.coerce.number().check(z.int(), z.gte(min), z.lte(max)));
const zeroOrOne = z.union([
  z.boolean(),
  z.pipe(
    z.enum(["0", "1"]),
    z.transform((text) => text === "1"),
  ),
]);
const orElse = <T extends z.core.$ZodType>(codec: T, fallback: z.core.util.NoUndefined<z.core.output<T>>) =>
  z._default(
    z.catch(codec, () => fallback),
    () => fallback,
  );
const orNone = <T extends z.core.$ZodType>(codec: T) => z.catch(z.optional(codec), undefined);

const isRange = (text: string) => {
  const ends = ofRange(text);
  return ends !== undefined && ends[0] <= ends[1];
};

const isInterval = (text: string) => {
  const ends = intervalEnds(text);
  return ends !== undefined && ends[0] <= ends[1];
};

const WORD = /^[a-z_]{1,40}$/;

export const p = {
  int: (fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) => orElse(whole(min, max), fallback),
  intOpt: (min = 0, max = Number.MAX_SAFE_INTEGER) => orNone(whole(min, max)),
  num: (fallback: number, min = -Infinity, max = Infinity) => orElse(within(min, max), fallback),
  numOpt: (min = -Infinity, max = Infinity) => orNone(within(min, max)),
  bool: (fallback = false) => orElse(zeroOrOne, fallback),
  boolOpt: () => orNone(zeroOrOne),
  oneOf: <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
    orElse(
      z.custom<T[number]>((value) => values.some((one) => one === value)),
      fallback,
    ),
  /** Text that a link brings along; what is longer is left out. */
  str: (max = 200) => orNone(z.coerce.string().check(z.maxLength(max))),
  /** Text of one shape; anything else is the fallback. */
  word: (shape: RegExp, fallback: string) => orElse(z.string().check(z.regex(shape)), fallback),
  wordOpt: (shape: RegExp) => orNone(z.string().check(z.regex(shape))),
  /** Whole numbers from 0, comma-joined; of more than `max` none. */
  ints: (max = 64) =>
    orElse(
      z.pipe(
        z.union([
          z.array(z.number()),
          z.pipe(
            z.string(),
            z.transform((text) => text.split(",").map(Number)),
          ),
        ]),
        z.array(z.number().check(z.int(), z.gte(0))).check(z.maxLength(max)),
      ),
      [],
    ),
  /** `layer.token`, such as `7.31` or `embed.0`. */
  cell: () => orNone(z.string().check(z.regex(/^(\d{1,3}|embed)\.\d{1,8}$/))),
  /** `first-last`, inclusive. */
  range: () => orNone(z.string().check(z.refine(isRange))),
  /** `low-high`: numbers that are not negative, either end may be left out. */
  interval: () => orNone(z.string().check(z.refine(isInterval))),
  /** Names of columns and the like, comma-joined. */
  words: () =>
    orElse(
      z.pipe(
        z.union([
          z.array(z.string()),
          z.pipe(
            z.string(),
            z.transform((text) => text.split(",")),
          ),
        ]),
        z.array(z.string().check(z.regex(WORD))).check(z.maxLength(64)),
      ),
      [],
    ),
  /** Names a thing: kept as it was written, so that a wrong one is an error page and never somebody else's data. */
  claim: () => z.optional(z.string()),
};

/** The pairs of an address that a schema could not read and gave its default for, as they were written: `metric=logit`. */
export function unread(schema: z.ZodMiniObject, raw: Record<string, string>): string[] {
  const [read, defaults] = [schema.parse(raw), schema.parse({})];
  const lost = (name: string) => {
    const text = raw[name];
    if (isAbsent(text) || !(name in schema.shape)) return false;
    const [value, fallback] = [read[name], defaults[name]];
    if (isAbsent(value)) return true;
    return written(value) === written(fallback) && text !== written(value) && Number(text) !== value;
  };
  return Object.keys(raw).flatMap((name) => (lost(name) ? [`${name}=${raw[name]}`] : []));
}
