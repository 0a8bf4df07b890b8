/** Patches and sets of them that have a name here, for the fields that ask for one by its hash. */
import { useQuery } from "@tanstack/react-query";
import { patches } from "../../api/patches";
import { SETS_SHOWN, setPage } from "../../api/patchLibrary";
import type { Suggestion } from "../../components/kindControls";

/** Sets first; none where nobody `asks`. */
export function usePatchNames(asks: boolean): readonly Suggestion[] {
  const sets = useQuery({ ...setPage("", false, SETS_SHOWN), enabled: asks });
  const single = useQuery({ ...patches("", ""), enabled: asks });
  return [...(sets.data?.items ?? []), ...(single.data?.items ?? [])].map(({ hash, name }) => ({
    value: hash,
    says: name,
  }));
}
