/** What the addresses of patches hold. */
import * as z from "zod/mini";
import { p } from "../../lib/search";
import { IDS_MAX } from "../-view/params";

/** What is done with a feature. */
export const PATCH_KINDS = ["steer", "ablate", "clamp", "scale"] as const;
export const KIND_FILTERS = ["all", ...PATCH_KINDS, "adapter"] as const;

/** Far beyond any at which a model still computes numbers. */
export const STRENGTH_MAX = 1e9;

export const patchesSearch = z.object({
  /** Part of a name or of what is said. */
  q: p.str(200),
  kind: p.oneOf(KIND_FILTERS, "all"),
});

export const PATCHES_DEFAULTS = { kind: "all" } as const;
export type PatchesSearch = z.infer<typeof patchesSearch>;

/** A patch on trial: how much of it, and on which text. */
export const trialSearch = {
  strength: p.num(1, -STRENGTH_MAX, STRENGTH_MAX),
  text: p.str(1500),
  /** Token ids in its place. */
  ids: p.ints(IDS_MAX),
  /** Hash of a longer text that the server keeps: a claim. */
  kept: p.claim(),
};

export const TRIAL_DEFAULTS = { strength: 1, ids: [] as number[] };

export const patchSearch = z.object(trialSearch);
export type PatchSearch = z.infer<typeof patchSearch>;
