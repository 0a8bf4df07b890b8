/** Where a planned run may go: the server keeps an order among runs of one priority. */
import type { RunRow } from "../../api/types";

type Placed = Pick<RunRow, "id" | "priority">;

/**
 * The run that `rows[from]` is to precede so that it stands at place `to`.
 *
 * Returns:
 *   Its id; undefined where that move changes nothing or would cross into another priority. Behind the last one is
 *   reached by letting that one precede it: `move` is then that other run.
 */
export function precede(
  rows: readonly Placed[],
  from: number,
  to: number,
): { move: string; before: string } | undefined {
  const own = rows[from];
  const there = rows[to];
  if (!own || !there || from === to || own.priority !== there.priority) return undefined;
  if (to < from) return { move: own.id, before: there.id };
  const next = rows[to + 1];
  if (next && next.priority === own.priority) return { move: own.id, before: next.id };
  // The end of its priority: every one between would have to precede it; one step is one of them.
  return to === from + 1 ? { move: there.id, before: own.id } : undefined;
}

/** What is asked for, one after the other, so that `rows[from]` stands at place `to`; nothing where it may not. */
export function movesTo(rows: readonly Placed[], from: number, to: number): { move: string; before: string }[] {
  const one = precede(rows, from, to);
  if (one) return [one];
  const [own, there] = [rows[from], rows[to]];
  if (!own || !there || to <= from || own.priority !== there.priority) return [];
  // Behind the last one: first before it, then that one before this.
  return [
    { move: own.id, before: there.id },
    { move: there.id, before: own.id },
  ];
}
