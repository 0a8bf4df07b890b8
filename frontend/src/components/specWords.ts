/** Values of a family's tables in words. */
import { formatPrecise } from "../lib/format";
import type { Json } from "../lib/kindSchema";
import { cutNames } from "../lib/names";
import { axisWords } from "../lib/progress";

/** Width of a character of a tick in CSS pixels. */
const TICK_PX = 6.6;

/** Every digit of a number; what is missing is a dash. */
export const valueWords = (value: Json | undefined): string =>
  typeof value === "number" ? formatPrecise(value) : String(value ?? "–");

/** Of a tick in CSS pixels. */
export const lengthOf = (text: string): number => text.length * TICK_PX;

/** Room left of an axis in CSS pixels, at least. */
const LEFT = 56;
/** What of it the name of the axis takes. */
export const BESIDE = 18;
/** Between names. */
const GAP = 6;

/** As wide as the longest name wants, up to a third of the picture. */
export const marginOf = (names: readonly string[] | undefined, width: number): number => {
  const longest = Math.max(0, ...(names ?? []).map((name) => name.length));
  return Math.round(Math.max(LEFT, Math.min(width / 3, longest * TICK_PX + BESIDE + 2 * GAP)));
};

/**
 * Ticks, names as long as their room.
 *
 * Args:
 *   px: from one tick to the next; of those on the left what they have beside the axis.
 */
export function tickTexts(ticks: readonly (number | string)[], px: number): string[] {
  const most = Math.max(4, Math.floor((px - GAP) / TICK_PX));
  const names = cutNames(
    ticks.filter((tick) => typeof tick === "string").map((tick) => tick.replace(/^-(?=[\d.])/, "−")),
    most,
  );
  return ticks.map((tick, place) => (typeof tick === "number" ? axisWords(tick) : (names[place] ?? tick)));
}
