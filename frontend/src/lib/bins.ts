/** A histogram's range as whole bins. */

export interface Bins {
  /** (bins + 1), ascending. */
  edges: readonly number[];
  /** (bins). */
  counts: readonly number[];
}

/** First and last bin of a range, inclusive. */
export type BinRange = readonly [number, number];

/** Where a value stands among the edges, in bins: 2.5 is the middle of the third; 0 and n beyond the ends. */
export function placeOf({ edges, counts }: Bins, value: number): number {
  const bin = edges.findLastIndex((edge) => edge <= value);
  if (bin < 0) return 0;
  const [low, high] = [edges[bin] ?? 0, edges[bin + 1]];
  return high === undefined ? counts.length : bin + (value - low) / (high - low);
}

/** Share of a bin by which an end may miss an edge and still be it: an address writes four digits of it. */
const NEAR = 0.02;

/** The bins that a range of values touches; all of them where it is open. */
export function binsOf(bins: Bins, range: readonly [number, number] | null): BinRange {
  const last = Math.max(0, bins.counts.length - 1);
  if (range === null) return [0, last];
  const first = Math.min(last, Math.floor(placeOf(bins, range[0]) + NEAR));
  return [first, Math.min(last, Math.max(first, Math.ceil(placeOf(bins, range[1]) - NEAR) - 1))];
}

/** The values that bins span, open at the axis' own ends: these, rounded, might leave a value out; null is all bins. */
export function rangeOf({ edges, counts }: Bins, [first, last]: BinRange): readonly [number, number] | null {
  const open = [first === 0, last === counts.length - 1] as const;
  if (open[0] && open[1]) return null;
  return [open[0] ? -Infinity : (edges[first] ?? 0), open[1] ? Infinity : (edges[last + 1] ?? 0)];
}

/** How many are in these bins. */
export const countIn = ({ counts }: Bins, [first, last]: BinRange): number =>
  counts.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
