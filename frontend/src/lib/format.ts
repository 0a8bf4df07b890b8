/** Numbers as the interface writes them. Probabilities are 0 to 1, never percent; log-probabilities and entropies are nats. */

const MINUS = "−";
const real = (text: string): string => text.replaceAll("-", MINUS);
const MISSING = "–";

/** A probability in four or five characters: `0.86`, `.0021` below 0.01, `3e−7` below 0.0001, `>0.99` between 0.995 and 1. */
export function formatProb(p: number): string {
  if (Number.isNaN(p)) return MISSING;
  if (p === 0 || p === 1) return p.toFixed(2);
  if (p > 0.995) return ">0.99";
  // What two decimals round to 0.01 is written as 0.01 is.
  if (p >= 0.00995) return p.toFixed(2);
  return p >= 0.0001 ? p.toFixed(4).slice(1) : real(p.toExponential(0));
}

/** A part of a whole, as one of several that are added up: `0.021`, `−0.100`, `1.204`. Parts may be below 0 and above 1. */
export function formatShare(share: number): string {
  if (Number.isNaN(share)) return MISSING;
  const text = Math.abs(share).toFixed(3);
  return share < 0 && Number(text) > 0 ? `${MINUS}${text}` : text;
}

/** Nats (entropy, KL, log-probability) with two decimals: `0.42`, `−3.10`. */
export const formatNats = (nats: number): string => (Number.isNaN(nats) ? MISSING : real(nats.toFixed(2)));

/** A whole number with thin groups: `12 345`. */
export const formatCount = (count: number): string =>
  Number.isNaN(count) ? MISSING : real(String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u2009"));

/** From ten million on: a letter for what is counted in. */
const LARGE = [
  { size: 1e12, letter: "T" },
  { size: 1e9, letter: "G" },
  { size: 1e6, letter: "M" },
] as const;

/**
 * Any number, in as many significant digits as are asked for and never fewer than its whole part has: `0.0004`, `31.8`,
 * `12 346`; below 0.0001 with a power of ten, `3.1e−5`, from ten million on with a letter, `12.3 M`. Whole numbers below
 * that keep every digit.
 */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  if (size >= 1e15 || (size !== 0 && size < 1e-4)) return real(rounded.toExponential().replace("+", ""));
  const large = size >= 1e7 ? LARGE.find((one) => size >= one.size) : undefined;
  if (large) return `${real(String(Number((value / large.size).toPrecision(digits))))} ${large.letter}`;
  if (Number.isInteger(value) || size >= 10 ** digits) return formatCount(value);
  return Number.isInteger(rounded) ? formatCount(rounded) : real(String(rounded));
}

/** Nats below which a divergence is what 32-bit floats round. */
export const LEAST_KL = 1e-6;

/** A KL divergence: `3.1`, `0` where there is none, `< 1e−6` where rounding makes as much. */
export const formatKl = (kl: number, digits = 2): string =>
  kl !== 0 && Math.abs(kl) < LEAST_KL ? `< ${formatNumber(LEAST_KL)}` : formatNumber(kl, digits);

/** What is written with its unit: `1 nat`, `3.1 nats`. */
export const withUnit = (written: string, one: string): string => `${written} ${written === "1" ? one : `${one}s`}`;

/** Bytes with their unit, thousands of which are the next: `12 B`, `1.5 kB`, `38 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A number under its name: what is called bytes has their unit. */
export const formatNamed = (name: string, value: number | null): string =>
  value !== null && /(^|_)bytes$/.test(name) ? formatBytes(value) : formatNumber(value, 4);

/** A rank, 1 the likeliest: `1`, `37`, `12 345`. */
export const formatRank = formatCount;

/** A difference with its sign always written: `+0.12`, `−0.03`, `0.00`. */
export function formatSigned(value: number, digits = 2): string {
  if (Number.isNaN(value)) return MISSING;
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? "+" : MINUS}${text}`;
}

/** All the digits that a 32-bit float carries: for tooltips. */
export const formatPrecise = (value: number): string =>
  Number.isNaN(value) ? "missing" : real(String(Number(value.toPrecision(7))));

/** The digits that a grid's 16-bit floats carry; ranks, which are whole numbers, entirely. */
export const formatCell = (value: number): string =>
  Number.isInteger(value)
    ? String(value)
    : Number.isNaN(value)
      ? "missing"
      : real(String(Number(value.toPrecision(3))));

/** What a scale measures, and the unit; of a difference what is subtracted from what: `Δ probability: “One” − “Two”`. */
export const scaleName = (title: string, unit: string, difference = ""): string =>
  `${title}${unit && ` (${unit})`}${difference && `: ${difference}`}`;

/** A number as short as an axis needs: `0.5`, `12`, `1e−6`. */
export function formatTick(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001 || size >= 100_000) return real(value.toExponential(0).replace("+", ""));
  if (size >= 1000) return real(String(Math.round(value)));
  return real(String(Number(value.toPrecision(3))));
}

/** Long text with its middle left out: `/models/…/Qwen3-0.6B`. `max` counts characters, the ellipsis included. */
export function truncateMiddle(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (max - 1 - head)).join("")}`;
}

/** The step of an axis: 1, 2 or 5 times a power of ten, whole and at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}
