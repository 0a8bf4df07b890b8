import { rangeEnds } from "../../lib/search";
import { MODULES } from "../../lib/writers";
import type { NewPatchSearch } from "./params";

/** The weights that an address names; undefined where it names none. */
export function writersIn({ modules, layers }: Pick<NewPatchSearch, "modules" | "layers">, n_layers: number) {
  const [from, to] = rangeEnds(layers) ?? [0, n_layers - 1];
  const known = MODULES.filter((one) => modules.includes(one));
  return known.length > 0 ? { modules: known, from, to: Math.min(to, n_layers - 1) } : undefined;
}
