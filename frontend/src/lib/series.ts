/** Curves over steps: smoothing, gaps, domains. */
import type { Numbers } from "./lens";

/**
 * An exponential moving average without the bias of its beginning; gaps (NaN) stay gaps and do not break it.
 *
 * Args:
 *   weight: 0 leaves the values alone; towards 1 smooths more. The weight of what came before.
 */
export function smoothed(values: Numbers, weight: number): Float64Array {
  const result = Float64Array.from(values);
  if (weight <= 0) return result;
  let [sum, norm] = [0, 0];
  result.forEach((value, index) => {
    if (Number.isNaN(value)) return;
    sum = weight * sum + (1 - weight) * value;
    norm = weight * norm + (1 - weight);
    result[index] = sum / norm;
  });
  return result;
}

/** Least and greatest finite value, on a log axis of the positive ones; undefined where there is none. */
export function extentOf(lists: readonly Numbers[], log: boolean): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of lists)
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? Number.NaN;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low <= high ? [low, high] : undefined;
}

/** Ends of an axis on which all is 0, a share perhaps: 1 is its other end. Undefined where there is something. */
export const endsOfNothing = (low: number, high: number): [number, number] | undefined =>
  low === 0 && high === 0 ? [0, 1] : undefined;

/** Of many points every so-manyth, the last among them: for a table that a person reads. */
export function thinned(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}
