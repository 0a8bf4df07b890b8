/** A histogram's range as whole bins. */

export interface Bins {
  /** (bins + 1), ascending. */
  edges: readonly number[];
  /** (bins). */
  counts: readonly number[];
}

/** First and last bin of a range, inclusive. */
export type BinRange = readonly [number, number];

/** The bins that a range of values touches; all of them where it is open. */
export function binsOf({ edges, counts }: Bins, range: readonly [number, number] | null): BinRange {
  const last = Math.max(0, counts.length - 1);
  if (range === null) return [0, last];
  const from = edges.findIndex((_, i) => i > 0 && (edges[i] ?? 0) > range[0]) - 1;
  const to = edges.findLastIndex((edge, i) => i < counts.length && edge < range[1]);
  const first = from < 0 ? (range[0] >= (edges.at(-1) ?? 0) ? last : 0) : Math.min(from, last);
  return [first, Math.max(first, to < 0 ? 0 : to)];
}

/** The values that bins span; null where it is all of them. */
export function rangeOf({ edges, counts }: Bins, [first, last]: BinRange): readonly [number, number] | null {
  if (first === 0 && last === counts.length - 1) return null;
  return [edges[first] ?? 0, edges[last + 1] ?? 0];
}

/** How many are in these bins. */
export const countIn = ({ counts }: Bins, [first, last]: BinRange): number =>
  counts.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
