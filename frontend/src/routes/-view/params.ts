/** What a view of tokens and layers is made of, and how it is written in a URL. */
import * as z from "zod/mini";
import type { Component, LensName, Read } from "../../api/types";
import { coloringFeature, type FeatureRef, featureId } from "../../lib/featureRef";
import type { LayerName, Metric, Subject } from "../../lib/lens";
import { p } from "../../lib/search";

const METRICS = ["prob", "logprob", "entropy", "rank", "kl"] as const satisfies readonly Metric[];

/** The server's own limit unless MICROSCOPE_MAX_K says otherwise. */
export const K_MAX = 100;

/** Token ids that an address carries: more than an example has. */
export const IDS_MAX = 256;

/** Search parameters that the chat and the lens page share. Defaults are never written. */
const shared = {
  /** Selected position. */
  token: p.intOpt(0, 10_000_000),
  /** Selected cell, `layer.token`; `embed.token` for what enters the first block. */
  cell: p.cell(),
  read: p.oneOf(["for", "after"], "for"),
  lens: p.oneOf(["logit", "tuned"], "logit"),
  /** What is read: the residual stream, or what attention or the MLP alone adds to it. */
  component: p.oneOf(["resid", "attn_out", "mlp_out"], "resid"),
  /** Predictions per layer. */
  k: p.int(10, 1, K_MAX),
  /** Ids of tokens that are followed, wherever they stand and wherever a layer predicts them. */
  pins: p.ints(),
  /** Token id that the heatmap follows; each position's own token by default. */
  target: p.intOpt(0, 10_000_000),
  /** Whose number a cell shows: that of its likeliest token, or of the target. */
  of: p.oneOf(["top1", "target"], "top1"),
  /** Positions shown, `first-last`. */
  span: p.range(),
  /** Layers shown, `first-last`. */
  layers: p.range(),
  /** Scale fitted to what is in view instead of fixed to the metric. */
  scale: p.oneOf(["auto", "fit"], "auto"),
  /** Ends of the heatmap's scale in the metric's unit, in place of those that `scale` gives. */
  lo: p.numOpt(),
  hi: p.numOpt(),
  /** First layer on top; as the reader's settings say by default. */
  flip: p.boolOpt(),
  /**
   * A conversation, a trace; or the same tokens: `lens:logit` and `lens:tuned` under the other lens, `base` without patches,
   * `set:<hash>` under another set of them.
   */
  vs: p.claim(),
  /** The patch rail is open; where patches are in force and there is room, by default. */
  rail: p.boolOpt(),
};

const SHARED_DEFAULTS = {
  read: "for",
  lens: "logit",
  component: "resid",
  k: 10,
  pins: [] as number[],
  of: "top1",
  scale: "auto",
} as const;

const VIEWS = ["layers", "heatmap", "curves", "features"] as const;
export type ViewName = (typeof VIEWS)[number];

/** A feature in the place of a metric: `feature:<sae>/<index>`. */
const FEATURE = "feature:[^/]+/\\d{1,9}";

export const chatSearch = z.object({
  ...shared,
  view: p.oneOf(VIEWS, "layers"),
  by: p.word(new RegExp(`^(${METRICS.join("|")}|${FEATURE})$`), "prob"),
  temperature: p.num(0, 0, 10),
  top_p: p.num(1, 0.01, 1),
  top_k: p.int(0, 0),
  seed: p.int(0, 0),
  max: p.int(256, 1),
  /** Thinking of models whose template can switch it. */
  think: p.bool(true),
  /** Text to begin with, as a link from elsewhere brings it. */
  text: p.str(4000),
  /** Hash of the set of patches that is in force. */
  patches: p.claim(),
});

export const CHAT_DEFAULTS = {
  ...SHARED_DEFAULTS,
  view: "layers",
  by: "prob",
  temperature: 0,
  top_p: 1,
  top_k: 0,
  seed: 0,
  max: 256,
  think: true,
} as const;

const LENS_VIEWS = ["layers", "features"] as const;
export type LensViewName = (typeof LENS_VIEWS)[number];

export const lensSearch = z.object({
  ...shared,
  metric: p.oneOf(METRICS, "prob"),
  /** Whose activation colours the text, in the place of the metric. */
  by: p.wordOpt(new RegExp(`^${FEATURE}$`)),
  view: p.oneOf(LENS_VIEWS, "layers"),
  /** Text to run, as a link from elsewhere brings it. */
  text: p.str(4000),
  /** Token ids to run in its place. */
  ids: p.ints(IDS_MAX),
  /** Slug of the model that is to run them; the current one by default. */
  model: p.claim(),
  /** Hash of the set of patches that they are to be run with; a trace has its own. */
  patches: p.claim(),
});

export const LENS_DEFAULTS = { ...SHARED_DEFAULTS, metric: "prob", view: "layers", ids: [] as number[] } as const;

export const homeSearch = z.object({
  /** The step of the tour: Back from what a step opens leads to it again. */
  tour: p.intOpt(0, 4),
});

/** The part of both pages' state that the panels share. */
export interface View {
  token?: number;
  /** Selected layer at the selected token. */
  layer?: LayerName;
  read: Read;
  lens: LensName;
  component: Component;
  k: number;
  pins: number[];
  target?: number;
  of: Subject;
  metric: (typeof METRICS)[number];
  /** Colours the text by its activation in the place of the metric. */
  feature?: FeatureRef;
  span?: string;
  layers?: string;
  scale: "auto" | "fit";
  lo?: number;
  hi?: number;
  flip?: boolean;
  vs?: string;
}

/** What `token` and `cell` select: a cell alone selects its token too; the cell of another token is no selection. */
export function selectedOf({ token, cell }: { token?: number; cell?: string }): Pick<View, "token" | "layer"> {
  const [layer, position] = cell?.split(".") ?? [];
  if (layer === undefined || Number(position) !== (token ?? Number(position))) return { token };
  return { token: Number(position), layer: layer === "embed" ? "embed" : Number(layer) };
}

/** A part of a view as search parameters: the layer is written with its token, and goes when the token changes. */
export function searchOf({ layer, ...part }: Partial<View>, token: number | undefined) {
  const at = "token" in part ? part.token : token;
  if (layer !== undefined && at !== undefined) return { ...part, cell: `${layer}.${at}` };
  return "token" in part ? { ...part, cell: undefined } : part;
}

/** What `by` colours with: a metric, and the feature that takes its place. */
export const coloredBy = (by: string | undefined): Pick<View, "metric" | "feature"> => ({
  metric: METRICS.find((metric) => metric === by) ?? "prob",
  feature: coloringFeature(by),
});

/** A feature as `by` names it; undefined where there is none. */
export const byFeature = (feature: FeatureRef | undefined): string | undefined =>
  feature && `feature:${featureId(feature)}`;

/** Another metric has another unit: ends that were chosen for the old one go with it. */
export const withMetric = (metric: View["metric"]): Partial<View> => ({ metric, lo: undefined, hi: undefined });

const NUMBER = String.raw`(-?\d*\.?\d+(?:e-?\d+)?)`;
const ENDS = new RegExp(String.raw`^${NUMBER}\s*(?:to|…|\s)\s*${NUMBER}$`, "i");

/** `0 to 0.5` as the ends of a scale; undefined where it is none. */
export function scaleEnds(text: string): { lo: number; hi: number } | undefined {
  const match = ENDS.exec(text.trim());
  const [lo, hi] = [Number(match?.[1]), Number(match?.[2])];
  return lo < hi ? { lo, hi } : undefined;
}

/** Changes the URL: a choice is pushed, so that Back undoes it; a drag or typing replaces. */
export type Change = (part: Partial<View>, how?: "push" | "replace") => void;

export const METRIC_CHOICES: readonly { value: View["metric"]; label: string }[] = [
  { value: "prob", label: "prob" },
  { value: "logprob", label: "log p" },
  { value: "entropy", label: "entropy" },
  { value: "rank", label: "rank" },
  { value: "kl", label: "KL" },
];

/** `pins` with this token id added, or without it where it was there. */
export const togglePin = (pins: readonly number[], id: number): number[] =>
  pins.includes(id) ? pins.filter((pin) => pin !== id) : [...pins, id];
