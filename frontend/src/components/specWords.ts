/** Values of a family's tables in words. */
import { formatPrecise, truncateMiddle } from "../lib/format";
import type { Json } from "../lib/kindSchema";
import { axisWords } from "../lib/progress";

/** Width of a character of a tick in CSS pixels. */
const TICK_PX = 6.6;

/** Every digit of a number; what is missing is a dash. */
export const valueWords = (value: Json | undefined): string =>
  typeof value === "number" ? formatPrecise(value) : String(value ?? "–");

/** A tick, a name as long as its room: `px` from one tick to the next. */
export const tickWords = (value: number | string, px: number): string =>
  typeof value === "number"
    ? axisWords(value)
    : truncateMiddle(value.replace(/^-(?=[\d.])/, "−"), Math.max(4, Math.floor(px / TICK_PX)));
