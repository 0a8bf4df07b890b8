/** Where a patch acts, and what it leaves: numbers of a trial. */

/** Positions of stretches, from one to before another. */
export const positionsOf = (spans: readonly (readonly [number, number])[]): number[] =>
  spans.flatMap(([start, end]) => Array.from({ length: end - start }, (_, offset) => start + offset));

/** The most of any layer. */
export const mostOf = (layers: readonly number[]): number => Math.max(0, ...layers);
