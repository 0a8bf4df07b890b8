/** Patches and sets in words: a patch is called what the library calls it. */
import { useQueries } from "@tanstack/react-query";
import { patch, patchSet } from "../../api/patches";
import type { PatchInfo, PatchSet } from "../../api/types";
import { truncateMiddle } from "../../lib/format";
import { memberWords } from "../../lib/patchRail";

/** Of the library, by their hash; those that have come. */
export function usePatchInfos(hashes: readonly string[]): ReadonlyMap<string, PatchInfo> {
  const found = useQueries({ queries: [...new Set(hashes)].map(patch) });
  return new Map(found.flatMap(({ data }) => (data ? [[data.hash, data] as const] : [])));
}

export const AS_IT_IS = "as it is";

/** Sets by their hash, and what their patches are called; those that have come. */
function useSets(hashes: readonly string[], most = Number.POSITIVE_INFINITY) {
  const found = useQueries({ queries: hashes.map(patchSet) });
  const sets = new Map(found.flatMap(({ data }) => (data ? [[data.hash, data] as const] : [])));
  const infos = usePatchInfos([...sets.values()].flatMap(({ members }) => members.map(({ hash }) => hash)));
  const words = (member: PatchSet["members"][number]) =>
    memberWords(truncateMiddle(infos.get(member.hash)?.name ?? (member.name || "a patch"), most), member);
  return { sets, words };
}

/** A patch by its place in a set, as `Held × 2 on the prompt`. */
export function useMemberWords(hashes: readonly string[]): (set: string, place: number) => string {
  const { sets, words } = useSets(hashes);
  return (set, place) => {
    const member = sets.get(set)?.members[place];
    return member ? words(member) : "a patch";
  };
}

/** A set by its name, else as `Held × 2 + Away with it × 1`; null is the model as it is. */
export function useSetWords(hashes: readonly string[]): (hash: string | null) => string {
  const { sets, words } = useSets(hashes);
  return (hash) => {
    if (hash === null) return AS_IT_IS;
    const set = sets.get(hash);
    return set ? set.name || set.members.map(words).join(" + ") : "patched";
  };
}

/**
 * What acts in a set, and its name behind where somebody gave it one: `Held × 2 + Away with it × 1 (Calm)`.
 *
 * Args:
 *   most: characters of a name; strengths and places are never cut. Defaults to all of them.
 */
export function useActingWords(hashes: readonly string[], most = Number.POSITIVE_INFINITY): (hash: string) => string {
  const { sets, words } = useSets(hashes, most);
  return (hash) => {
    const set = sets.get(hash);
    if (!set) return "patched";
    return `${set.members.map(words).join(" + ")}${set.name && ` (${truncateMiddle(set.name, most)})`}`;
  };
}
