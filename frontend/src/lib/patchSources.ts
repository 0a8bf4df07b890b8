/** A new patch before it is made: what a form or an address says of its direction, as a source or as what it lacks. */
import type { NewPatch, Schemas } from "../api/types";
import type { DirectionKind, DirectionSource } from "./sourceNames";

type Origin = NewPatch["source"];

/** Prompts of either side that the server takes. */
export const PROMPTS_MAX = 256;

export interface NewFields {
  from: DirectionSource;
  kind: DirectionKind;
  /** `ablate` all along the residual stream. */
  everywhere: boolean;
  /** Of `scale`: whose outputs; none is those of the site, or all that write into the residual stream. */
  writers: readonly string[];
  /** Such as `L10.resid_post`. */
  site: string;
  token: number | undefined;
  /** A token whose row is taken away. */
  minus: number | undefined;
  layer: number;
  neuron: number | undefined;
  /** A prompt a line. */
  toward: string;
  away: string;
  /** Each prompt is a user's turn. */
  turns: boolean;
  /** The mean over a prompt's tokens is read, not the last one. */
  mean: boolean;
  /** Of the text that a span lies in. */
  ids: readonly number[];
  /** First and last position. */
  span: readonly [first: number, last: number] | undefined;
  path: string;
  tensor: string;
  /** JSON. */
  numbers: string;
  /** Where somebody came from. */
  seen: Schemas["Seen"] | null;
}

/** One a line; blank lines are none. */
export const promptsOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** The first line that stands in both sets of prompts; undefined where they share none. */
export const shared = (toward: string, away: string): string | undefined => {
  const others = new Set(promptsOf(away));
  return promptsOf(toward).find((one) => others.has(one));
};

/** A direction that was typed, or what is wrong with it. */
export function numbersOf(text: string, width: number): { numbers: number[] } | { wrong: string } {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    return { wrong: `It is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!Array.isArray(found)) return { wrong: "Expected a list of numbers, such as [0.1, -0.2]." };
  const at = found.findIndex((one) => typeof one !== "number" || !Number.isFinite(Math.fround(one)));
  if (at >= 0) return { wrong: `Number ${at} is ${JSON.stringify(found[at])}; expected a finite number.` };
  if (found.length !== width) return { wrong: `It has ${found.length} numbers; the model's d_model is ${width}.` };
  if (found.every((one) => one === 0)) return { wrong: "All of them are 0: it points nowhere." };
  return { numbers: found };
}

const lengthOf = (numbers: readonly number[]) => Math.hypot(...numbers);

/** At unit norm, base64 of little-endian float32: as a patch holds it. */
export function packed(numbers: readonly number[]): string {
  const length = lengthOf(numbers);
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((one, at) => {
    view.setFloat32(4 * at, one / length, true);
  });
  return btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(""));
}

/** What a weight edit changes where nobody chose: what is not the residual stream itself has one writer. */
export const ownWriters = (site: string): string[] => (site.includes(".resid") ? [] : [site]);

function typed(numbers: number[], { kind, everywhere, site, writers }: NewFields): Origin {
  const direction = packed(numbers);
  const content = { type: "content", reads: "", run: "" } as const;
  switch (kind) {
    case "steer":
      return { ...content, patch: { kind, site, direction, scale: lengthOf(numbers) } };
    case "ablate":
      return { ...content, patch: { kind, direction, site: everywhere ? null : site } };
    case "scale":
      return { ...content, patch: { kind, direction, writers: writers.length > 0 ? [...writers] : ownWriters(site) } };
  }
}

/** First and last of the tokens around one that a feature colours without a gap; the token itself where it does not. */
export function colouredAround(values: ArrayLike<number>, position: number): [first: number, last: number] {
  const colours = (at: number) => (values[at] ?? 0) > 0;
  if (!colours(position)) return [position, position];
  let [first, last] = [position, position];
  while (colours(first - 1)) first -= 1;
  while (colours(last + 1)) last += 1;
  return [first, last];
}

/** What the server is asked to make, or what is yet to be chosen. */
export function sourceOf(fields: NewFields, width: number): { source: Origin } | { lacks: string } {
  const { from, kind, site, seen } = fields;
  const writers = kind === "scale" ? [...fields.writers] : [];
  const of = { kind, everywhere: kind === "ablate" && fields.everywhere, scale: null, writers, seen };
  switch (from) {
    case "means": {
      const [toward, away] = [promptsOf(fields.toward), promptsOf(fields.away)];
      if (toward.length === 0 || away.length === 0) return { lacks: "Each side needs a prompt: one a line." };
      if (Math.max(toward.length, away.length) > PROMPTS_MAX)
        return {
          lacks: `A side has ${Math.max(toward.length, away.length)} prompts; at most ${PROMPTS_MAX} are read.`,
        };
      return {
        source: {
          type: "means",
          ...of,
          site,
          toward,
          away,
          read_as: fields.turns ? "chat" : "text",
          position: fields.mean ? "mean" : "last",
        },
      };
    }
    case "unembedding":
      if (fields.token === undefined) return { lacks: "Choose a token." };
      if (fields.token === fields.minus) return { lacks: "A token less itself is nothing: choose another one." };
      return { source: { type: "unembedding", ...of, site, token: fields.token, minus: fields.minus ?? null } };
    case "neuron":
      if (fields.neuron === undefined) return { lacks: "Give a neuron's index." };
      return { source: { type: "neuron", ...of, layer: fields.layer, neuron: fields.neuron } };
    case "span":
      if (fields.ids.length === 0) return { lacks: "Open a text in the chat or the lens, and come from there." };
      if (!fields.span) return { lacks: "Give the span's first and last token." };
      return {
        source: { type: "span", ...of, site, ids: [...fields.ids], start: fields.span[0], end: fields.span[1] + 1 },
      };
    case "file":
      if (fields.path === "") return { lacks: "Give a file." };
      return { source: { type: "file", ...of, site, path: fields.path, tensor: fields.tensor } };
    case "numbers": {
      if (fields.numbers.trim() === "") return { lacks: "Type the direction." };
      const found = numbersOf(fields.numbers, width);
      return "wrong" in found ? { lacks: found.wrong } : { source: typed(found.numbers, fields) };
    }
  }
}
