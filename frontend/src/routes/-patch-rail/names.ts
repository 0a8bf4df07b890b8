/** Patches and sets in words: a patch is called what the library calls it. */
import { useQueries } from "@tanstack/react-query";
import { patch, patchSet } from "../../api/patches";
import type { PatchInfo } from "../../api/types";
import { memberWords } from "../../lib/patchRail";

/** Of the library, by their hash; those that have come. */
export function usePatchInfos(hashes: readonly string[]): ReadonlyMap<string, PatchInfo> {
  const found = useQueries({ queries: [...new Set(hashes)].map(patch) });
  return new Map(found.flatMap(({ data }) => (data ? [[data.hash, data] as const] : [])));
}

export const AS_IT_IS = "as it is";

/** A set by its name, else as `Held × 2 + Away with it × 1`; null is the model as it is. */
export function useSetWords(hashes: readonly string[]): (hash: string | null) => string {
  const found = useQueries({ queries: hashes.map(patchSet) });
  const sets = new Map(found.flatMap(({ data }) => (data ? [[data.hash, data] as const] : [])));
  const infos = usePatchInfos([...sets.values()].flatMap(({ members }) => members.map(({ hash }) => hash)));
  return (hash) => {
    if (hash === null) return AS_IT_IS;
    const set = sets.get(hash);
    if (!set) return "patched";
    if (set.name) return set.name;
    return set.members.map((member) => memberWords(infos.get(member.hash)?.name ?? member.says, member)).join(" + ");
  };
}
