/**
 * Search parameters of the URL: plain strings in and out. No JSON, no quotes, no guessing of numbers, so that
 * `cell=5.3` stays a cell and the hash `1e5…` stays a hash.
 *
 * Each codec of `p` accepts the string from the URL and the typed value from `navigate()`, and falls back to its default
 * rather than throwing: these are *view* parameters. A *claim* (an id, a hash) is a plain `p.claim()`, and the page says
 * so when what it names does not exist.
 */
import { z } from "zod";

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

/** Inclusive `first-last` of positions or layers, with first ≤ last. */
export type Range = `${number}-${number}`;

/** The two ends of a range parameter, or undefined where there is none. */
export const rangeEnds = (range: string | undefined) => (range === undefined ? undefined : ofRange(range));

const number = (text: unknown) => (typeof text === "string" && text.trim() === "" ? Number.NaN : text);

export const p = {
  int: (fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) =>
    z.preprocess(number, z.coerce.number().int().min(min).max(max)).catch(fallback).default(fallback),
  intOpt: (min = 0, max = Number.MAX_SAFE_INTEGER) =>
    z.preprocess(number, z.coerce.number().int().min(min).max(max)).optional().catch(undefined),
  num: (fallback: number, min = -Infinity, max = Infinity) =>
    z.preprocess(number, z.coerce.number().min(min).max(max)).catch(fallback).default(fallback),
  numOpt: (min = -Infinity, max = Infinity) =>
    z.preprocess(number, z.coerce.number().min(min).max(max)).optional().catch(undefined),
  bool: (fallback = false) =>
    z
      .union([z.boolean(), z.enum(["0", "1"]).transform((text) => text === "1")])
      .catch(fallback)
      .default(fallback),
  oneOf: <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
    z
      .custom<T[number]>((value) => values.some((one) => one === value))
      .catch(fallback)
      .default(fallback),
  str: (max = 200) => z.coerce.string().max(max).optional().catch(undefined),
  ints: () =>
    z
      .union([z.array(z.number().int()), z.string().transform((text) => text.split(",").map(Number))])
      .pipe(z.array(z.number().int().min(0)).max(64))
      .catch([])
      .default([]),
  /** `layer.token`, such as `7.31` or `embed.0`. */
  cell: () =>
    z
      .string()
      .regex(/^(\d{1,3}|embed)\.\d{1,8}$/)
      .optional()
      .catch(undefined),
  /** `first-last`, inclusive. */
  range: () =>
    z
      .string()
      .refine((text) => {
        const ends = ofRange(text);
        return ends !== undefined && ends[0] <= ends[1];
      })
      .optional()
      .catch(undefined),
  /** Names a thing: kept as it was written, so that a wrong one is an error page and never somebody else's data. */
  claim: () => z.string().optional(),
};
