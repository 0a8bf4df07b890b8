/** What a run reads, as its spec names it. */
import type { Run } from "../../api/types";

export interface Used {
  what: "recording" | "sae" | "patches";
  /** A path; of an SAE also its name in the library, or the run that made it; of patches the hash of one or of a set. */
  name: string;
}

/** Fields of the families' specs that name what was made before. */
const FIELDS = {
  activations: "recording",
  sae: "sae",
  saes: "sae",
  patches: "patches",
  attached: "patches",
  alternatives: "patches",
} as const;

export const usedBy = (spec: Run["spec"]): Used[] =>
  Object.entries(FIELDS).flatMap(([field, what]) =>
    [spec[field]].flat().flatMap((name) => (typeof name === "string" && name ? [{ what, name }] : [])),
  );

/** Of a run, as the server draws them: `train-sae-20261122-0412-3fa91c`. */
export const isRunId = (name: string): boolean => /^[a-z][a-z-]*-\d{8}-\d{4}-[0-9a-f]{6}$/.test(name);
