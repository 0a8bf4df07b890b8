/** Names and small numbers in words, for the frame around the pages. */

import type { TunedLens } from "../../api/types";
import { formatCount, withUnit } from "../../lib/format";

/** A conversation's title, also of one that nothing has named yet. */
export const titled = (title: string): string => title || "Untitled";

/** `1 forward`, `2 forwards`; thousands are grouped. */
export const counted = (count: number, one: string): string => withUnit(formatCount(count), one);

/** Whose memory a device computes in: a GPU has its own. */
export const owner = (device: string): string => (device.startsWith("cuda") ? `GPU ${device}` : "machine");

/** Which lens "tuned" names, as the terminal says it. */
export const tunedWords = ({ path, sha256, says }: TunedLens): string =>
  `${path} (sha256 ${sha256.slice(0, 12)}), ${says}.`;

/** 6058000 → "6.1 M". */
export function parameters(count: number): string {
  const units: [number, string][] = [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  const [size, unit] = units.find(([from]) => count >= from) ?? [1, ""];
  return `${(count / size).toFixed(count / size < 10 && size > 1 ? 1 : 0)} ${unit}`.trim();
}

/** Seconds since 1970 → "3 min ago"; older than a week as a date. */
export function ago(seconds: number, now_ms: number): string {
  const past = Math.max(0, now_ms / 1000 - seconds);
  if (past < 60) return "just now";
  if (past < 3600) return `${Math.floor(past / 60)} min ago`;
  if (past < 86400) return `${Math.floor(past / 3600)} h ago`;
  if (past < 7 * 86400) return `${Math.floor(past / 86400)} d ago`;
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
