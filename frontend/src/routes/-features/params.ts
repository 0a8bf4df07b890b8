/** What the feature pages' addresses hold. */
import * as z from "zod/mini";
import type { FeatureQuestion } from "../../api/features";
import { p } from "../../lib/search";
import { PATCH_KINDS, TRIAL_DEFAULTS, trialSearch } from "../-patches/params";

const SORTS = ["id", "density", "max", "label", "score"] as const;
const STATES = ["live", "dead", "all"] as const;
const WITHINS = ["all", "label", "token", "logit", "text"] as const;
const GROUPS = ["top", "q75", "q50", "q25", "rand"] as const;
const TABS = ["overview", "logits", "geometry", "provenance", "steer", "notes"] as const;

export type ExampleGroup = (typeof GROUPS)[number];
export type FeatureTab = (typeof TABS)[number];

/** The server's own limit. */
const CONTEXT_MAX = 1024;

/** Which features a table shows and in which order; on a feature's page, the table that is walked through. */
const ordered = {
  q: p.str(200),
  /** Where `q` is looked for. */
  within: p.oneOf(WITHINS, "all"),
  sort: p.oneOf(SORTS, "id"),
  desc: p.bool(false),
  /** Share of positions, `low-high`. */
  density: p.interval(),
  /** Largest activation, `low-high`. */
  max: p.interval(),
  state: p.oneOf(STATES, "live"),
  /** Id of a list whose features alone are shown: a claim. */
  list: p.claim(),
  /** Only those that somebody marked. */
  starred: p.bool(false),
};

const ORDER_DEFAULTS = { within: "all", sort: "id", desc: false, state: "live", starred: false } as const;

export const featuresSearch = z.object({
  /** Slug of the SAE: a claim. */
  sae: p.claim(),
  ...ordered,
  /** Columns shown; those of the page by default. */
  cols: p.words(),
  /** Row that the keyboard is on. */
  row: p.intOpt(0, 10_000_000),
});

export const FEATURES_DEFAULTS = { ...ORDER_DEFAULTS, cols: [] as string[] } as const;

export type FeaturesSearch = z.infer<typeof featuresSearch>;
export type FeatureOrder = Pick<FeaturesSearch, keyof typeof ordered>;

export const questionOf = (sae: string, search: FeatureOrder): FeatureQuestion => ({
  sae,
  sort: search.sort,
  desc: search.desc,
  state: search.state,
  q: search.q || undefined,
  list: search.list,
  starred: search.starred,
  within: search.within,
  density: search.density,
  max: search.max,
});

export const featureSearch = z.object({
  ...ordered,
  ex: p.oneOf(GROUPS, "top"),
  /** Tokens shown on each side of an example's peak. */
  ctx: p.int(16, 0, CONTEXT_MAX),
  /** Lines begin where the text's do. */
  breaks: p.bool(false),
  /** What shades an example: activation, or what the feature adds to the token's own logit. */
  hl: p.oneOf(["act", "logit"], "act"),
  tab: p.oneOf(TABS, "overview"),
  /** Text to try the feature on, its ids as a link from an example brings them, and how much of it as a patch. */
  ...trialSearch,
  /** What is done with it as a patch. */
  kind: p.oneOf(PATCH_KINDS, "steer"),
  /** Ablated all along the residual stream. */
  everywhere: p.bool(false),
  /** What its activation is clamped to; 0 by default. */
  value: p.numOpt(0),
  /** Position at which its links are traced; where it fires most by default. */
  at: p.intOpt(0, 10_000_000),
  /** Slug of the SAE that its links lead to: a claim. */
  with: p.claim(),
});

export const FEATURE_DEFAULTS = {
  ...ORDER_DEFAULTS,
  ex: "top",
  ctx: 16,
  breaks: false,
  hl: "act",
  tab: "overview",
  kind: "steer",
  everywhere: false,
  ...TRIAL_DEFAULTS,
} as const;

export type FeatureSearch = z.infer<typeof featureSearch>;

export const GROUP_CHOICES: readonly { value: ExampleGroup; label: string; says: string }[] = [
  { value: "top", label: "top", says: "The strongest firings, one per document" },
  { value: "q75", label: "q75", says: "Drawn at random above the 75th percentile of its firings" },
  { value: "q50", label: "q50", says: "Drawn at random between the median and the 75th percentile" },
  { value: "q25", label: "q25", says: "Drawn at random between the 25th percentile and the median" },
  { value: "rand", label: "rand", says: "Drawn at random among all its firings" },
];

export const TAB_CHOICES: readonly { value: FeatureTab; label: string }[] = [
  { value: "overview", label: "Overview" },
  { value: "logits", label: "Logits" },
  { value: "geometry", label: "Neighbours" },
  { value: "provenance", label: "Provenance" },
  { value: "steer", label: "Steer" },
  { value: "notes", label: "Notes" },
];
