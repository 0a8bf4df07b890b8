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
  /** Whether the run counted them as what it looks for; undefined where it looks for nothing. */
  counted?: { before: boolean; after: boolean };
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

/** Of a run on the rate of a behaviour: one who answers, at a strength, asked one list of the prompts. */
export interface ShownRate {
  patches: string;
  strength: number;
  who: string;
  part: string;
  prompts: string;
  hits: number;
  of: number;
  rate: number;
  low: number;
  high: number;
  same: number;
  same_low: number;
  same_high: number;
  /** Mean −log p of the base model's replies in nats per token; null where it says nothing. */
  base_nll: number | null;
  base_nll_low: number | null;
  base_nll_high: number | null;
}

export interface ShownReply {
  who: string;
  part: string;
  prompts: string;
  prompt: string;
  reply: string;
  shown: boolean;
  patches: string;
  strength: number;
}

/** What harmless text and facts cost under patches; null where they were not measured. */
export interface Harmless {
  who: string;
  strength: number;
  perplexity: number | null;
  perplexity_ratio: number | null;
  facts: number;
  facts_low: number;
  facts_high: number;
  facts_of: number;
}

type Kind = "string" | "number" | "boolean" | "number or null";

const isOf = (kind: Kind, value: unknown): boolean =>
  kind === "number or null" ? value === null || typeof value === "number" : typeof value === kind;

/** Rows as objects of these fields; one that lacks a value of its kind is left out. */
export function objects<T>(page: Page, kinds: Readonly<Record<keyof T & string, Kind>>): T[] {
  const places = Object.entries<Kind>(kinds).map(([name, kind]) => ({ name, kind, at: page.columns.indexOf(name) }));
  return asJsonRows(page.rows).flatMap((row) => {
    const fields = places.map(({ name, at }) => [name, row[at]] as const);
    return places.every(({ kind, at }) => isOf(kind, row[at])) ? [Object.fromEntries(fields) as T] : [];
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

export const shownRatesOf = (page: Page): ShownRate[] =>
  objects<ShownRate>(page, {
    patches: "string",
    strength: "number",
    who: "string",
    part: "string",
    prompts: "string",
    hits: "number",
    of: "number",
    rate: "number",
    low: "number",
    high: "number",
    same: "number",
    same_low: "number",
    same_high: "number",
    base_nll: "number or null",
    base_nll_low: "number or null",
    base_nll_high: "number or null",
  });

export const shownRepliesOf = (page: Page): ShownReply[] =>
  objects<ShownReply>(page, {
    who: "string",
    part: "string",
    prompts: "string",
    prompt: "string",
    reply: "string",
    shown: "boolean",
    patches: "string",
    strength: "number",
  });

export const harmlessOf = (page: Page): Harmless[] =>
  objects<Harmless>(page, {
    who: "string",
    strength: "number",
    perplexity: "number or null",
    perplexity_ratio: "number or null",
    facts: "number",
    facts_low: "number",
    facts_high: "number",
    facts_of: "number",
  });

/** A share, with as many digits as every other: `0.05`. */
export const share = (value: number): string => value.toFixed(2);

/** A share with its interval: `0.05 (0.02 to 0.13)`. */
export const shareWords = (value: number, low: number, high: number): string =>
  `${share(value)} (${share(low)} to ${share(high)})`;

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
        .map((one) => [one.request, one]),
    );
  const [base, other] = [under("as it is"), under(condition)];
  return [...base].flatMap(([prompt, before]) => {
    const after = other.get(prompt);
    return after ? [paired(prompt, [before.reply, before.refused], [after.reply, after.refused])] : [];
  });
}

/** Two replies to one prompt, each with whether it was counted. */
export const paired = (prompt: string, [before, one]: [string, boolean], [after, other]: [string, boolean]): Pair => ({
  prompt,
  before,
  after,
  alike: commonLength(before, after),
  counted: { before: one, after: other },
});

/** Conditions that requests were asked under, in the order of the run. */
export const conditionsOf = (replies: readonly Reply[], requests: string): string[] => [
  ...new Set(replies.filter((one) => one.requests === requests).map((one) => one.condition)),
];
