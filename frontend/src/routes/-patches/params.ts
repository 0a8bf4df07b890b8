/** What the addresses of patches hold. */
import * as z from "zod/mini";
import { p } from "../../lib/search";
import { DIRECTION_KINDS, DIRECTION_SOURCES, SITE } from "../../lib/sourceNames";
import { IDS_MAX } from "../-view/params";

/** What is done with a feature. */
export const PATCH_KINDS = ["steer", "ablate", "clamp", "scale"] as const;
export const KIND_FILTERS = ["all", ...PATCH_KINDS, "adapter"] as const;

/** Far beyond any at which a model still computes numbers. */
export const STRENGTH_MAX = 1e9;

export const SHOWS = ["patches", "sets", "away"] as const;

export const patchesSearch = z.object({
  /** Words, each part of a name or of what is said. */
  q: p.str(200),
  kind: p.oneOf(KIND_FILTERS, "all"),
  /** Patches, sets of them, or patches that were put away. */
  show: p.oneOf(SHOWS, "patches"),
  /** Of sets: also those that nobody gave a name. */
  unnamed: p.bool(),
});

export const PATCHES_DEFAULTS = { kind: "all", show: "patches", unnamed: false } as const;
export type PatchesSearch = z.infer<typeof patchesSearch>;

/** A patch on trial: how much of it, and on which text. */
export const trialSearch = {
  strength: p.num(1, -STRENGTH_MAX, STRENGTH_MAX),
  text: p.str(1500),
  /** Token ids in its place. */
  ids: p.ints(IDS_MAX),
  /** Hash of a longer text that the server keeps: a claim. */
  kept: p.claim(),
  /** Strengths of the dose curve, `lo:hi:n`; closed where there are none. */
  dose: p.str(60),
};

export const TRIAL_DEFAULTS = { strength: 1, ids: [] as number[] };

export const patchSearch = z.object(trialSearch);
export type PatchSearch = z.infer<typeof patchSearch>;

/** Prompts that an address carries; longer ones stay in the page. */
export const PROMPTS_CHARS = 1500;

export const newPatchSearch = z.object({
  /** What its direction is made of. */
  from: p.oneOf(DIRECTION_SOURCES, "means"),
  kind: p.oneOf(DIRECTION_KINDS, "steer"),
  /** Of `ablate`: all along the residual stream. */
  everywhere: p.bool(),
  /** Of `scale`: whose outputs; those of the site by default. First and last layer of them. */
  modules: p.words(),
  layers: p.range(),
  /** Where it is read and acts; the middle layer's resid_post by default. */
  site: p.wordOpt(SITE),
  /** Token ids: whose row of W_U, less whose. */
  token: p.intOpt(0, 10_000_000),
  minus: p.intOpt(0, 10_000_000),
  layer: p.intOpt(0, 999),
  neuron: p.intOpt(0, 10_000_000),
  /** A prompt a line. */
  toward: p.str(PROMPTS_CHARS),
  away: p.str(PROMPTS_CHARS),
  /** Each prompt is a user's turn. */
  turns: p.bool(),
  /** The mean over a prompt's tokens is read, not the last one. */
  mean: p.bool(),
  /** Text in which a span lies, or from which somebody came; the position there. */
  conversation: p.claim(),
  trace: p.claim(),
  position: p.intOpt(0, 10_000_000),
  /** First and last token. */
  span: p.range(),
  /** A safetensors file on the server's machine, and a tensor in it. */
  path: p.str(1000),
  tensor: p.str(400),
  /** Slug; the current one by default. */
  model: p.claim(),
  ...trialSearch,
});

export const NEW_PATCH_DEFAULTS = {
  from: "means",
  kind: "steer",
  everywhere: false,
  modules: [] as string[],
  turns: false,
  mean: false,
  ...TRIAL_DEFAULTS,
} as const;

export type NewPatchSearch = z.infer<typeof newPatchSearch>;
/** While somebody types, `replace`. */
export type ChangeNew = (part: Partial<NewPatchSearch>, how?: "push" | "replace") => void;
