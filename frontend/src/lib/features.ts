/** Stretches of text around the firings of sparse autoencoders' features. */
import { formatCount } from "./format";

/** Tokens around a firing. */
export interface Stretch {
  /** Position of the peak in its document. */
  position: number;
  /** Position of the first of `ids` in its document. */
  start: number;
  ids: readonly number[];
  /** One for each of `ids`. */
  activations: readonly number[];
}

/** At most `context` tokens on each side of the peak, with the peak's place among them. */
export function trimmed({ position, start, ids, activations }: Stretch, context: number): Stretch & { peak: number } {
  const centre = position - start;
  const from = Math.max(0, centre - context);
  const to = centre + context + 1;
  return {
    position,
    start: start + from,
    ids: ids.slice(from, to),
    activations: activations.slice(from, to),
    peak: centre - from,
  };
}

/** Ids that a model is given, and the place of the peak among them. */
export interface Given {
  ids: number[];
  token: number;
  /** All is there that stood before the peak. */
  whole: boolean;
}

/**
 * A stretch as a model reads it by itself: with exactly its tokens, control tokens included.
 * One from within a document follows `begins`, what the tokenizer puts before every text; what else stood before it is missing.
 */
export function givenAs(
  { position, start, ids }: Pick<Stretch, "position" | "start" | "ids">,
  begins: readonly number[],
): Given {
  // A document begins with these too.
  const front = begins.slice(0, start);
  return { ids: [...front, ...ids], token: front.length + position - start, whole: start === front.length };
}

/** The ids of a text as somebody would type it: without what the tokenizer puts before it by itself. */
export const typedIds = (ids: readonly number[], begins: readonly number[]): readonly number[] =>
  begins.every((id, place) => ids[place] === id) ? ids.slice(begins.length) : ids;

/** What each token's own logit is, of those that are known; NaN for all others: they are neither promoted nor suppressed much. */
export function logitsAt(ids: readonly number[], known: readonly { id: number; value: number }[]): Float32Array {
  const byId = new Map(known.map(({ id, value }) => [id, value]));
  return Float32Array.from(ids, (id) => byId.get(id) ?? Number.NaN);
}

/** The places of the `count` largest values above 0, largest first. */
export function strongest(values: ArrayLike<number>, count: number): number[] {
  return Array.from(values, (value, place) => ({ value, place }))
    .filter(({ value }) => value > 0)
    .sort((one, other) => other.value - one.value || one.place - other.place)
    .slice(0, count)
    .map(({ place }) => place);
}

/** A density as a share: `1 in 3 200`, which is easier to picture than `3.1e−4`. */
export const oneIn = (density: number): string => (density > 0 ? `1 in ${formatCount(1 / density)}` : "never");
