/** Runs that were chosen in their list, and one change for all of them. Knows no page. */
import type { RunRow } from "../../api/types";
import { counted } from "../-shell/words";

export type Chosen = ReadonlyMap<string, RunRow>;

/** What became of a change to several runs. */
export interface Outcome {
  done: number;
  /** They were refused and stand as they were to be all the same: somebody else was quicker. */
  already: number;
  /** Why others were refused, by id. */
  refused: ReadonlyMap<string, string>;
}

/** As the list shows them now; those that it shows no longer as they were when it did. */
export function asListed(chosen: Chosen, listed: readonly RunRow[]): Chosen {
  const latest = new Map(listed.map((row) => [row.id, row]));
  return new Map([...chosen].map(([id, row]) => [id, latest.get(id) ?? row]));
}

/**
 * One run after the other; one that is refused does not keep back those behind it.
 *
 * Args:
 *   change: throws where it is refused.
 *   stands: whether a run that was refused is as it was to be.
 */
export async function changeEach(
  ids: readonly string[],
  change: (id: string) => Promise<unknown>,
  stands: (id: string) => Promise<boolean>,
): Promise<Outcome> {
  const refused = new Map<string, string>();
  let already = 0;
  for (const id of ids)
    try {
      await change(id);
    } catch (thrown) {
      if (await stands(id).catch(() => false)) already += 1;
      else refused.set(id, thrown instanceof Error ? thrown.message : String(thrown));
    }
  return { done: ids.length - already - refused.size, already, refused };
}

/** `2 runs cancelled, 1 was already, 1 was not.` */
export function outcomeWords({ done, already, refused }: Outcome, verb: string): string {
  const were = (count: number) => `${count} ${count === 1 ? "was" : "were"}`;
  return `${[
    `${counted(done, "run")} ${verb}`,
    ...(already > 0 ? [`${were(already)} already`] : []),
    ...(refused.size > 0 ? [`${were(refused.size)} not`] : []),
  ].join(", ")}.`;
}
