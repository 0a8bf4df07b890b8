/**
 * Colour as data: tables of 256 entries for values from 0 to 1, a signed table around a neutral, categories and the layer ramp.
 *
 * viridis and cividis are drawn through 16 of their published colours with straight lines between them (within 10 of 255 in any
 * channel of the originals).
 */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

export interface ColorTable {
  /** 256 packed pixels, alpha 255, in the byte order of ImageData on little-endian machines (ABGR). */
  packed: Uint32Array;
  /** The same colours as `#rrggbb`. */
  css: readonly string[];
  /** Black or white, whichever reads better on the colour. */
  ink: readonly string[];
}

export type Scheme = "viridis" | "cividis" | "grey";
export const SCHEMES: readonly Scheme[] = ["viridis", "cividis", "grey"];

const CONTROL_POINTS: Record<Scheme, string> = {
  viridis: "440154481a6c472f7d41448739568c31688e2a788e23888e1f988b22a88435b77954c5687ad151a5db36d2e21bfde725",
  cividis: "00224e002e6c1e3a6f35456c47516c575d6d666970757575848279948e77a59c74b7a96ec8b866dbc75aeed649fee838",
  grey: "141414f5f5f5",
};

/** `#rgb`, `#rrggbb` or `rgb(r g b)` as numbers; anything else is an error. */
export function parseColor(text: string): Rgb {
  const color = text.trim();
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(color);
  const long = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color);
  const decimal = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(color);
  const [, r = "", g = "", b = ""] = short ?? long ?? decimal ?? [];
  if (r === "") throw new Error(`expected a colour as #rrggbb or rgb(r g b), got ${JSON.stringify(text)}`);
  if (decimal) return [Number(r), Number(g), Number(b)];
  const wide = (digits: string) => Number.parseInt(short ? digits + digits : digits, 16);
  return [wide(r), wide(g), wide(b)];
}

const hexPair = (channel: number): string => Math.round(channel).toString(16).padStart(2, "0");
const cssOf = ([r, g, b]: Rgb): string => `#${hexPair(r)}${hexPair(g)}${hexPair(b)}`;
const pack = ([r, g, b]: Rgb): number =>
  ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

const linear = (channel: number): number => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance as WCAG defines it, 0 (black) to 1 (white). */
export const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

/** Contrast ratio as WCAG defines it, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
/** Black or white, whichever contrasts more with the colour. */
export const inkOn = (color: Rgb): string => (contrast(color, BLACK) >= contrast(color, WHITE) ? "#000000" : "#ffffff");

/** The point at `t` (0 to 1) of straight lines through evenly spaced colours. */
function between(points: readonly Rgb[], t: number): Rgb {
  const place = t * (points.length - 1);
  const index = Math.min(Math.floor(place), points.length - 2);
  const [from, to] = [points[index] ?? BLACK, points[index + 1] ?? BLACK];
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (place - index));
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}

function tableOf(points: readonly Rgb[]): ColorTable {
  const colors = Array.from({ length: 256 }, (_, i) => between(points, i / 255));
  return { packed: Uint32Array.from(colors, pack), css: colors.map(cssOf), ink: colors.map(inkOn) };
}

const controlPoints = (scheme: Scheme): Rgb[] => (CONTROL_POINTS[scheme].match(/.{6}/g) ?? []).map(parseColor);

/** The table of every scheme for values from 0 to 1. */
export const TABLES: Readonly<Record<Scheme, ColorTable>> = {
  viridis: tableOf(controlPoints("viridis")),
  cividis: tableOf(controlPoints("cividis")),
  grey: tableOf(controlPoints("grey")),
};

/** A table for signed values: 0 is fully negative, 127 and 128 neutral, 255 fully positive. */
export const signedTable = (negative: Rgb, neutral: Rgb, positive: Rgb): ColorTable =>
  tableOf([negative, neutral, positive]);

/** Entry of a 256-entry table for `t` in 0 to 1; values outside take the ends, NaN is −1 (missing). */
export const entryOf = (t: number): number => (Number.isNaN(t) ? -1 : Math.max(0, Math.min(255, Math.round(t * 255))));

/** Opacity of a token's highlight for a value of 0 to 1 (or −1 to 1: the sign is the hue); text stays readable on the strongest. */
export const highlightAlpha = (value: number): number =>
  Number.isNaN(value) ? 0 : 0.45 * Math.min(1, Math.abs(value));

/** The colours of the interface that pictures need, as `#rrggbb` or `rgb(…)`. */
export interface ThemeColors {
  background: string;
  surface: string;
  raised: string;
  border: string;
  text: string;
  dimmed: string;
  selection: string;
  pin: string;
  positive: string;
  negative: string;
}
