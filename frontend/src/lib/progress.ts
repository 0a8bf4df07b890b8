/** How far work is, in words. */
import { formatCount } from "./format";

export interface ProgressFacts {
  done: number;
  /** Null where it is not known. */
  of: number | null;
  unit: string;
  per_s: number | null;
  left_s: number | null;
}

/** 7 → "7 s", 95 → "1 min 35 s", 7260 → "2 h 1 min", 100 h and more in days. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (seconds >= 0 && seconds < 1 && seconds > 0) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3600), Math.floor(whole / 86400)];
  if (days >= 4) return `${days} d ${hours % 24} h`;
  if (hours > 0) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

/** 1234567 → "1.23 M", 45600 → "45.6 k"; below ten thousand as it is. */
export function formatMany(count: number): string {
  const size = Math.abs(count);
  if (size >= 1e9) return `${Number((count / 1e9).toPrecision(3))} G`;
  if (size >= 1e6) return `${Number((count / 1e6).toPrecision(3))} M`;
  if (size >= 1e4) return `${Number((count / 1e3).toPrecision(3))} k`;
  return Number.isInteger(count) ? formatCount(count) : String(Number(count.toPrecision(3)));
}

/** A number on an axis: large ones as counts, small ones with the digits that tell neighbours apart. */
export function axisWords(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return formatMany(value);
  if (size > 0 && size < 1e-3) return Number(value.toPrecision(2)).toExponential().replaceAll("-", "−");
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

/** Ticks of one axis, with as many digits as tell neighbours apart. */
export function axisTexts(values: readonly number[]): string[] {
  const short = values.map(axisWords);
  if (new Set(short).size === new Set(values).size) return short;
  const sorted = [...values].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, place) => value - (sorted[place] ?? value));
  const least = Math.min(...gaps.filter((gap) => gap > 0));
  const digits = Math.min(12, Math.max(0, Math.ceil(-Math.log10(least))));
  return values.map((value) => value.toFixed(digits).replace("-", "−"));
}

/** `12.3 k of 40 k tokens`, and while it goes on `5.1 k tokens/s`, `6 s left`: what is known of it. */
export function progressWords({ done, of, unit, per_s, left_s }: ProgressFacts, goesOn = true): string[] {
  const far = of === null ? `${formatMany(done)} ${unit}` : `${formatMany(done)} of ${formatMany(of)} ${unit}`;
  if (!goesOn) return [far];
  return [
    far,
    ...(per_s === null ? [] : [`${formatMany(per_s)} ${unit}/s`]),
    ...(left_s === null ? [] : [`${formatDuration(left_s)} left`]),
  ];
}
