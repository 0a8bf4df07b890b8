/** A number as somebody types it: read as what it says, or refused in words; never taken for another one. */

export interface Limits {
  /** Defaults to no limit. */
  min?: number;
  /** Defaults to no limit. */
  max?: number;
  /** Defaults to false. */
  whole?: boolean;
}

export type Typed = { number: number } | { refused: string };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const written = (value: number): string =>
  (Math.abs(value) < 1e6 ? String(value) : value.toExponential()).replaceAll("-", "−").replace("e+", "e");

const rangeOf = ({ min = -Infinity, max = Infinity }: Limits): string => {
  if (max === Infinity) return `No less than ${written(min)}.`;
  return min === -Infinity ? `No more than ${written(max)}.` : `From ${written(min)} to ${written(max)}.`;
};

export function readNumber(text: string, limits: Limits = {}): Typed {
  const { min = -Infinity, max = Infinity, whole = false } = limits;
  const typed = text.trim();
  const plain = typed.replace(/[−–]/g, "-");
  if (!NUMBER.test(plain)) {
    // A comma parts decimals here and thousands there: nobody knows which.
    const pointed = plain.replace(",", ".");
    const meant = NUMBER.test(pointed) ? ` Write decimals with a point: ${written(Number(pointed))}.` : "";
    return { refused: `“${typed}” is no number.${meant}` };
  }
  const number = Number(plain);
  if (number < min || number > max || !Number.isFinite(number)) return { refused: rangeOf({ min, max }) };
  if (number === 0 && /[1-9]/.test(plain.split(/e/i)[0] ?? "")) return { refused: "Too near to 0 to be told from it." };
  if (whole && !Number.isInteger(number)) return { refused: "A whole number." };
  return { number: number === 0 ? 0 : number };
}
