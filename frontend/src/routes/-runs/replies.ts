/** What runs on patches wrote down of texts, side by side: samples before and after, replies under conditions. */
import { asJsonRows } from "./files";

export interface Page {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
}

/** A text before and after a change, and how much of its beginning they share. */
export interface Pair {
  prompt: string;
  before: string;
  after: string;
  /** Characters that both begin with. */
  alike: number;
}

export interface Sample extends Pair {
  strength: number;
  control: string;
}

export interface Reply {
  requests: string;
  condition: string;
  /** Number of the random direction; −1 where it is none. */
  direction: number;
  request: string;
  reply: string;
  refused: boolean;
}

export interface RefusalRate {
  condition: string;
  control: boolean;
  refused: number;
  of: number;
  rate: number;
  low: number;
  high: number;
}

type Kind = "string" | "number" | "boolean";

/** Rows as objects of these fields; one that lacks a value of its kind is left out. */
export function objects<T>(page: Page, kinds: Readonly<Record<keyof T & string, Kind>>): T[] {
  const places = Object.entries<Kind>(kinds).map(([name, kind]) => ({ name, kind, at: page.columns.indexOf(name) }));
  return asJsonRows(page.rows).flatMap((row) => {
    const fields = places.map(({ name, at }) => [name, row[at]] as const);
    return places.every(({ kind, at }) => typeof row[at] === kind) ? [Object.fromEntries(fields) as T] : [];
  });
}

interface SampleRow {
  strength: number;
  prompt: string;
  base: string;
  patched: string;
  control: string;
  text_alike: string;
}

export const samplesOf = (page: Page): Sample[] =>
  objects<SampleRow>(page, {
    strength: "number",
    prompt: "string",
    base: "string",
    patched: "string",
    control: "string",
    text_alike: "string",
  }).map(({ strength, prompt, base, patched, control, text_alike }) => ({
    strength,
    prompt,
    before: base,
    after: patched,
    control,
    alike: text_alike.length,
  }));

export const repliesOf = (page: Page): Reply[] =>
  objects<Reply>(page, {
    requests: "string",
    condition: "string",
    direction: "number",
    request: "string",
    reply: "string",
    refused: "boolean",
  });

export const ratesOf = (page: Page): RefusalRate[] =>
  objects<RefusalRate>(page, {
    condition: "string",
    control: "boolean",
    refused: "number",
    of: "number",
    rate: "number",
    low: "number",
    high: "number",
  });

/** Characters that two texts begin with. */
export function commonLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

/** Replies of one kind of requests as the model is, beside those under a condition, request by request. */
export function besides(replies: readonly Reply[], requests: string, condition: string): Pair[] {
  const under = (name: string) =>
    new Map(
      replies
        .filter((one) => one.requests === requests && one.condition === name && one.direction <= 0)
        .map((one) => [one.request, one.reply]),
    );
  const [base, other] = [under("as it is"), under(condition)];
  return [...base].flatMap(([prompt, before]) => {
    const after = other.get(prompt);
    return after === undefined ? [] : [{ prompt, before, after, alike: commonLength(before, after) }];
  });
}

/** Conditions that requests were asked under, in the order of the run. */
export const conditionsOf = (replies: readonly Reply[], requests: string): string[] => [
  ...new Set(replies.filter((one) => one.requests === requests).map((one) => one.condition)),
];
