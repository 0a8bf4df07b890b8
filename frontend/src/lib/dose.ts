/** Strengths of a dose curve, as an address writes them: `-2:2:17` is 17 strengths from −2 to 2. */

export interface DoseRange {
  lo: number;
  hi: number;
  /** Strengths, both ends among them. */
  n: number;
}

export const DOSE_DEFAULT: DoseRange = { lo: -2, hi: 2, n: 17 };
export const DOSES_MAX = 41;
/** Beyond it is nothing but the model's end. */
export const DOSE_MAX = 1e6;

const WRITTEN = /^(-?[\d.]+(?:e[+-]?\d+)?):(-?[\d.]+(?:e[+-]?\d+)?):(\d{1,2})$/;

const fits = ({ lo, hi, n }: DoseRange) =>
  lo < hi && Math.abs(lo) <= DOSE_MAX && Math.abs(hi) <= DOSE_MAX && Number.isInteger(n) && n >= 2 && n <= DOSES_MAX;

/** Undefined where it is no range. */
export function doseOf(text: string | undefined): DoseRange | undefined {
  const match = WRITTEN.exec(text ?? "");
  if (!match) return undefined;
  const range = { lo: Number(match[1]), hi: Number(match[2]), n: Number(match[3]) };
  return fits(range) ? range : undefined;
}

/** Undefined where it is no range that can be run. */
export const writtenDose = (range: DoseRange): string | undefined =>
  fits(range) ? `${range.lo}:${range.hi}:${range.n}` : undefined;

/** Evenly from end to end; what is all but 0 is 0, where the model is as it was. */
export function strengthsIn({ lo, hi, n }: DoseRange): number[] {
  const tiny = (hi - lo) * 1e-9;
  return Array.from({ length: n }, (_, step) => {
    const strength = lo + ((hi - lo) * step) / (n - 1);
    return Math.abs(strength) < tiny ? 0 : Number(strength.toPrecision(6));
  });
}
