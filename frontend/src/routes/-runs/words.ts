/** Runs in words. */
import type { FamilyCard, RunRow } from "../../api/types";
import { formatNamed } from "../../lib/format";
import { formatDuration } from "../../lib/progress";

/** What people call it, else its id. */
export const runTitle = ({ name, id }: Pick<RunRow, "name" | "id">): string => name || id;

/** `train_sae` as its family's title, where the families have come. */
export const familyTitle = (kind: string, cards: readonly FamilyCard[] | undefined): string =>
  cards?.find((card) => card.kind === kind)?.title ?? kind;

type Timed = Pick<RunRow, "status" | "started" | "ended" | "progress">;

/** Seconds of work of all attempts, by no wall clock; undefined while somebody works on it, and where that was not kept. */
const workedOf = ({ status, progress }: Timed): number | undefined =>
  status === "running" ? undefined : (progress?.worked_s ?? undefined);

/**
 * Seconds of all attempts where they are known, else of the last one; undefined before it began, where nobody knows when
 * it stopped, and where a clock went back.
 */
export function lasted(row: Timed, now_ms: number): number | undefined {
  const { status, started, ended } = row;
  const worked = workedOf(row);
  if (worked !== undefined) return worked;
  if (started === null) return undefined;
  // The reader's clock may be behind the server's.
  if (status === "running") return Math.max(0, now_ms / 1000 - started);
  return ended === null || ended < started ? undefined : ended - started;
}

export const lastedWords = (row: Timed, now_ms: number): string => {
  const seconds = lasted(row, now_ms);
  return seconds === undefined ? "–" : formatDuration(seconds);
};

/** `took`; where only the last of several attempts is told `last attempt took`. */
export const tookTitle = (row: Timed & Pick<RunRow, "attempts">): string =>
  row.attempts > 1 && workedOf(row) === undefined ? "last attempt took" : "took";

/** `took 9 s`. */
export const tookWords = (row: Timed & Pick<RunRow, "attempts">, now_ms: number): string =>
  `${tookTitle(row)} ${lastedWords(row, now_ms)}`;

/** A moment in the reader's time: `2026-11-22 04:12:07`. */
export function moment(seconds: number | null): string {
  if (seconds === null) return "–";
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The metrics that tell a result at a glance: `fvu 0.12 · l0 31.8`. */
export const headlineWords = (headline: RunRow["headline"]): string =>
  Object.entries(headline)
    .map(([name, value]) => `${name} ${formatNamed(name, value)}`)
    .join(" · ");

/** Why it failed, what came of it, or, before that is known, what it was asked for. */
export const standsWords = ({ failure, headline, asked }: Pick<RunRow, "failure" | "headline" | "asked">): string =>
  failure?.error ?? (headlineWords(headline) || asked);
