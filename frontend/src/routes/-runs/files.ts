/** Files of a run's directory. */
import { asJson } from "../../api/json";
import type { Run } from "../../api/types";
import type { Json } from "../../lib/kindSchema";

/** Changes when the file does: its hash, else its size. */
export function fileVersion({ artifacts }: Pick<Run, "artifacts">, path: string): string {
  const found = artifacts.find((artifact) => artifact.path === path);
  return found ? (found.sha256 ?? String(found.bytes)) : "";
}

export const asJsonRows = (rows: readonly (readonly unknown[])[]): Json[][] => rows.map((row) => row.map(asJson));

/** Of the box of a table of so many rows: no taller than they are, and most of the window at most. */
export const tableHeight = (rows: number): string =>
  `min(60vh, 640px, calc(var(--ms-row) * ${Math.max(2, rows) + 1} + 56px))`;
