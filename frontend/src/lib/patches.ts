/** Patches: their kinds in words, a trial of one beside its controls, and where two continuations part. */
import type { FeatureExample, FeaturePatchKind, PatchContent, PatchKind, PatchScope, TriedToken } from "../api/types";
import { givenAs } from "./features";
import { formatCount, formatKl, formatNumber, formatRank, LEAST_KL, withUnit } from "./format";
import type { Json } from "./kindSchema";
import { writersWords } from "./writers";

/** What can be made of a feature. */
export interface Way {
  key: string;
  kind: FeaturePatchKind;
  everywhere: boolean;
  name: string;
  says: string;
}

const STEER: Way = {
  key: "steer",
  kind: "steer",
  everywhere: false,
  name: "Steer",
  says: "Adds what the feature writes. 1 is as much as at its largest activation (the usual length of the stream for one that never fired); below 0 takes as much away.",
};

export const WAYS: readonly Way[] = [
  STEER,
  {
    key: "ablate",
    kind: "ablate",
    everywhere: false,
    name: "Ablate here",
    says: "Takes out what lies along the feature's direction, where its SAE writes. 1 leaves nothing there.",
  },
  {
    key: "ablate_everywhere",
    kind: "ablate",
    everywhere: true,
    name: "Ablate everywhere",
    says: "Takes it out all along the residual stream, wherever something was added to it.",
  },
  {
    key: "clamp",
    kind: "clamp",
    everywhere: false,
    name: "Clamp",
    says: "Holds the feature's activation at a value, as its SAE reads it. What the SAE does not explain stays.",
  },
  {
    key: "scale",
    kind: "scale",
    everywhere: false,
    name: "Scale",
    says: "Changes what the weights write along the direction. −1 leaves nothing, 1 doubles it, −2 turns it round.",
  },
];

export const wayOf = (kind: FeaturePatchKind, everywhere: boolean): Way =>
  WAYS.find((way) => way.kind === kind && way.everywhere === (everywhere && kind === "ablate")) ?? STEER;

/** Where strengths of a kind are chosen from; any other can be typed. */
export interface Strengths {
  min: number;
  max: number;
  /** What some of them do, in a word. */
  marks: readonly { value: number; label: string }[];
}

const NOTHING = { value: 0, label: "nothing" };

/** Of a set, how much of all its members. */
export type StrengthKind = PatchKind | "set";

const STRENGTHS: Readonly<Record<StrengthKind, Strengths>> = {
  set: { min: 0, max: 2, marks: [NOTHING, { value: 1, label: "as it is" }, { value: 2, label: "twice" }] },
  steer: {
    min: -2,
    max: 2,
    marks: [
      { value: -2, label: "−2" },
      { value: -1, label: "−1" },
      NOTHING,
      { value: 1, label: "1" },
      { value: 2, label: "2" },
    ],
  },
  adapter: { min: 0, max: 2, marks: [NOTHING, { value: 1, label: "as trained" }, { value: 2, label: "twice" }] },
  ablate: { min: 0, max: 1, marks: [NOTHING, { value: 0.5, label: "half" }, { value: 1, label: "all" }] },
  clamp: { min: 0, max: 2, marks: [NOTHING, { value: 1, label: "held" }, { value: 2, label: "twice as far" }] },
  scale: {
    min: -2,
    max: 2,
    marks: [
      { value: -2, label: "turned" },
      { value: -1, label: "gone" },
      NOTHING,
      { value: 1, label: "doubled" },
      { value: 2, label: "tripled" },
    ],
  },
};

/** Also of a kind that a server brings along and nobody here knows. */
export const strengthsOf = (kind: string): Strengths =>
  Object.entries(STRENGTHS).find(([known]) => known === kind)?.[1] ?? STRENGTHS.steer;

/** How far a probability goes, in points: hundredths of probability. */
export const pointsOf = ({ base, patched }: Pick<TriedToken, "base" | "patched">): number => 100 * (patched - base);

/** The least and the most that it goes under random pushes as hard, in points; undefined where none was tried. */
export function controlPoints({ base, controls }: Pick<TriedToken, "base" | "controls">): [number, number] | undefined {
  if (controls.length === 0) return undefined;
  const points = controls.map((patched) => pointsOf({ base, patched }));
  return [Math.min(...points), Math.max(...points)];
}

const FULL = [0.05, 0.1, 0.2, 0.5, 1];

/** The probability that a full bar stands for: the next round one, so that bars keep their scale while little changes. */
export function fullBar(tokens: readonly TriedToken[]): number {
  const most = Math.max(
    0,
    ...tokens.flatMap(({ base, patched, controls, other, other_controls }) => [
      base,
      patched,
      other ?? 0,
      ...controls,
      ...other_controls,
    ]),
  );
  return FULL.find((full) => most <= full) ?? 1;
}

/** Mean of some numbers and the standard deviation of a sample; of one number it is 0. */
export function spreadOf(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** `0.02–0.05`; one number where the ends are written alike. */
export function rangeWords(values: readonly number[]): string {
  const [low, high] = [formatKl(Math.min(...values)), formatKl(Math.max(...values))];
  return low === high ? low : `${low}–${high}`;
}

/** `3.1 nats; random pushes as hard: 0.02–0.05`. */
export const klWords = (kl: number, controls: readonly number[]): string =>
  `${withUnit(formatKl(kl), "nat")}${controls.length === 0 ? "" : `; random pushes as hard: ${rangeWords(controls)}`}`;

/** What a KL beside those of its controls means. */
export function verdict(kl: number, controls: readonly number[]): string {
  if (kl === 0) return "Nothing is changed.";
  if (kl < LEAST_KL) return "Nothing but what rounding does.";
  if (controls.length === 0) return "";
  const { mean } = spreadOf(controls);
  if (kl > Math.max(...controls))
    return mean >= LEAST_KL
      ? `${formatNumber(kl / mean, 2)} times as much as they do on average.`
      : "They change nothing.";
  return kl < Math.min(...controls)
    ? "Less than any of them: a push of this size in other directions does more."
    : "No more than they do: a push of this size in any direction does as much.";
}

/** As much of the prediction leaves no patch anything to change. */
const CERTAIN = 0.99;

/** A token's place in a prediction where the first one is 1, from the server's ranks, which count from 0. */
export const placeWords = (ranks: readonly number[]): string => ranks.map((rank) => formatRank(rank + 1)).join(" → ");

/** Places from the least to the most, as `placeWords` counts them: `2–4`. */
export function placeRange(ranks: readonly number[]): string {
  const [low, high] = [formatRank(Math.min(...ranks) + 1), formatRank(Math.max(...ranks) + 1)];
  return low === high ? low : `${low}–${high}`;
}

/** Place at which two lists part; undefined where they are the same. */
export function partingOf(one: readonly number[], other: readonly number[]): number | undefined {
  const at = Array.from({ length: Math.max(one.length, other.length) }).findIndex(
    (_, place) => one[place] !== other[place],
  );
  return at < 0 ? undefined : at;
}

/** `12`, or `3 to 12`. */
function fromTo(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
}

/**
 * Where pushes in several directions take a text from how the model's own goes on, from the first to the last: `Of 3
 * directions 1 changes no token, 2 part at token 7 to 9.`
 *
 * Args:
 *   length: tokens before the new ones.
 */
export function pushesWords(base: readonly number[], pushed: readonly (readonly number[])[], length: number): string {
  const parting = pushed.map((ids) => partingOf(base, ids)).filter((at) => at !== undefined);
  const same = pushed.length - parting.length;
  const directions = withUnit(formatCount(pushed.length), "direction");
  if (parting.length === 0) return `Of ${directions} none changes a token.`;
  const at = `at token ${fromTo(parting.map((place) => length + place))}.`;
  if (same === 0) return pushed.length === 1 ? `It parts ${at}` : `All ${directions} part ${at}`;
  return `Of ${directions} ${same} ${same === 1 ? "changes" : "change"} no token, ${parting.length} ${parting.length === 1 ? "parts" : "part"} ${at}`;
}

/** Where to look instead, where the next token leaves a patch no room; empty elsewhere. */
export const elsewhere = (kl: number, tokens: readonly { base: number }[]): string =>
  kl > 0 && kl < LEAST_KL && tokens.some(({ base }) => base >= CERTAIN)
    ? "The next token is all but certain here: try another text, or see how it goes on below."
    : "";

/** At which tokens of a text a patch acts: `on tokens 2 to 4`; BOS, whose residual is the longest by far, is told apart. */
export function scopeWords(scope: PatchScope, ids: readonly number[], begins: readonly number[]): string {
  const bos = (of: readonly number[]) => (of.some((id) => begins.includes(id)) ? ", BOS too" : "");
  switch (scope.type) {
    case "all":
      return `on every token${bos(ids)}`;
    case "prompt":
      return `on the prompt${bos(ids.slice(0, begins.length))}`;
    case "generated":
      return "on what was generated";
    case "span":
      return `on tokens ${scope.start} to ${scope.end - 1}${bos(ids.slice(scope.start, scope.end))}`;
    case "feature":
      return `where feature ${scope.feature} of ${scope.site} exceeds ${formatNumber(scope.above, 3)}`;
  }
}

/** For each token of `other` whether it is none of what `base` says too, in the same order (longest common subsequence). */
export function differing(base: readonly number[], other: readonly number[]): boolean[] {
  const [n, m] = [base.length, other.length];
  const longest = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--) {
      const row = longest[i];
      if (row) row[j] = base[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const differs = other.map(() => true);
  for (let [i, j] = [0, 0]; i < n && j < m; ) {
    if (base[i] === other[j]) {
      differs[j] = false;
      [i, j] = [i + 1, j + 1];
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return differs;
}

/** It changes matrices, at every token: an adapter can hold it. */
export const editsWeights = ({ kind }: PatchContent): boolean => kind === "scale" || kind === "adapter";

/** What it does at a strength s, as docs/methods.md has it; undefined of a kind that a server brings along. */
export function equationOf(patch: PatchContent): { equation: string; says: string } | undefined {
  switch (patch.kind) {
    case "steer":
      return {
        equation: `x ← x + s · ${formatNumber(patch.scale, 4)} · d`,
        says: `x is what passes ${patch.site}, d the direction at length 1, s the strength.`,
      };
    case "ablate":
      return {
        equation: "x ← x − s ⟨x, d⟩ d",
        says: `x is ${patch.site ? `what passes ${patch.site}` : "the residual stream, wherever something was added to it"}, d the direction at length 1, s the strength.`,
      };
    case "clamp":
      return {
        equation: `x ← x + s (${formatNumber(patch.value, 4)} − a(x₀)) d`,
        says: `x is what passes ${patch.site}, a(x₀) the activation of feature ${patch.feature} before any patch there, d its decoder row, s the strength.`,
      };
    case "scale":
      return {
        equation: "y ← y + s ⟨y, d⟩ d",
        says: `y is what ${writersWords(patch.writers)} ${patch.writers.length === 1 ? "writes" : "write"} into the residual stream, d the direction at length 1, s the strength.`,
      };
    case "adapter":
      return {
        equation: "W ← W + s γ B A",
        says: "W is each matrix that the adapter was trained for, B and A its factors of rank r, γ = α / r (with rsLoRA α / √r) the scale that its configuration sets, s the strength.",
      };
    default:
      return undefined;
  }
}

/** A feature's strongest example up to and with the token at which it fires most; undefined where it never fired. */
export function upToPeak(examples: readonly FeatureExample[], begins: readonly number[]): number[] | undefined {
  const example = examples.find(({ group }) => group === "top") ?? examples[0];
  if (!example) return undefined;
  const { ids, token } = givenAs(example, begins);
  return ids.slice(0, token + 1);
}

/** A patch as a tree of JSON, its direction's numbers counted instead of written out. */
export function contentOf(patch: PatchContent): Json {
  if (!("direction" in patch)) return { ...patch };
  const { direction, ...rest } = patch;
  const bytes = (direction.length * 3) / 4 - (/=*$/.exec(direction)?.[0].length ?? 0);
  const written = { ...rest, direction: `${bytes / 4} numbers, float32 in base64: ${direction.slice(0, 12)}…` };
  return JSON.parse(JSON.stringify(written));
}
