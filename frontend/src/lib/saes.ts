/** What sparse autoencoders are worth, as their metrics files and report cards name it. */
import { formatKl, formatNumber } from "./format";

/** A number that tells one SAE from another. */
export interface Measure {
  /** In `metrics.json`. */
  key: string;
  title: string;
  says: string;
  /** Which of two is the better one; undefined where neither is. */
  better: "less" | "more" | undefined;
  /** Measured by what the model predicts in documents, not on rows of a recording. Defaults to false. */
  text?: boolean;
}

export const MEASURES: readonly Measure[] = [
  {
    key: "fvu",
    title: "FVU",
    says: "Fraction of variance unexplained on held-out documents: 0 is perfect, 1 the mean alone",
    better: "less",
  },
  { key: "explained_variance", title: "explained variance", says: "1 − FVU", better: "more" },
  { key: "l0", title: "L0", says: "Features that fire per position", better: undefined },
  {
    key: "loss_recovered",
    title: "loss recovered",
    says: "(CE with zeros − CE with the reconstruction) / (CE with zeros − CE of the model as it is)",
    better: "more",
    text: true,
  },
  { key: "kl", title: "KL", says: "KL(clean ‖ spliced), nats per token", better: "less", text: true },
  { key: "dead", title: "dead", says: "Share of features that fired at no held-out row", better: "less" },
  { key: "mse", title: "MSE", says: "Mean squared error per dimension", better: "less" },
  { key: "cosine", title: "cosine", says: "Mean cosine between a residual and its reconstruction", better: "more" },
  {
    key: "ce_clean",
    title: "CE clean",
    says: "Cross-entropy of the model as it is, nats per token",
    better: undefined,
  },
  {
    key: "ce_sae",
    title: "CE spliced",
    says: "Cross-entropy with the reconstruction in its place, nats per token",
    better: "less",
    text: true,
  },
  {
    key: "ce_zero",
    title: "CE zero",
    says: "Cross-entropy with zeros in its place, nats per token",
    better: undefined,
  },
  { key: "fvu_pca", title: "FVU of a PCA", says: "Null: as many principal axes as features fire", better: undefined },
  { key: "fvu_untrained", title: "FVU untrained", says: "Null: the same SAE before training", better: undefined },
  {
    key: "fvu_random_directions",
    title: "FVU of random directions",
    says: "Null: as many random directions",
    better: undefined,
  },
];

/** The number under a name; undefined where there is none. */
export function measured(metrics: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = metrics[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** All names of an SAE's weights, its own among them. `twins`: groups of slugs of the same weights. */
export const sameAs = (slug: string, twins: readonly (readonly string[])[]): readonly string[] =>
  twins.find((group) => group.includes(slug)) ?? [slug];

type Metrics = Readonly<Record<string, unknown>>;

/** Two sums of the same numbers differ by less: their order may be another. */
const SAME = 1e-5;
const same = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));

/** Variance per dimension of the rows that an SAE was measured on, whatever it makes of them: MSE = FVU · variance. */
function variance(metrics: Metrics): number | undefined {
  const [mse, fvu] = [measured(metrics, "mse"), measured(metrics, "fvu")];
  return mse && fvu ? mse / fvu : undefined;
}

/** A figure as it is written under its key. */
export const formatMeasure = (key: string, value: number | undefined): string =>
  key === "kl" && value !== undefined ? formatKl(value, 3) : formatNumber(value);

/** Both were measured on the same rows: as many, with the same variance to explain. */
export const onSameRows = (a: Metrics, b: Metrics): boolean => a.rows === b.rows && same(variance(a), variance(b));

/** Both were measured in the same documents: as many tokens, of which the model alone expects the same. */
export const inSameText = (a: Metrics, b: Metrics): boolean =>
  a.tokens === b.tokens && same(measured(a, "ce_clean"), measured(b, "ce_clean"));

export interface Compared {
  measure: Measure;
  a: number | undefined;
  b: number | undefined;
  /** b − a; undefined where either is missing. */
  delta: number | undefined;
  /** Which of the two is better; undefined where neither is, or where they were not measured on the same. */
  winner: "a" | "b" | undefined;
  /** One of them would be the better one, had they been measured on the same. */
  elsewhere: boolean;
}

/** Every measure that either has. */
export function comparedMeasures(a: Metrics, b: Metrics): Compared[] {
  const alike = { rows: onSameRows(a, b), text: inSameText(a, b) };
  return MEASURES.flatMap((measure) => {
    const [one, other] = [measured(a, measure.key), measured(b, measure.key)];
    if (one === undefined && other === undefined) return [];
    const delta = one === undefined || other === undefined ? undefined : other - one;
    const sign = measure.better === "less" ? -1 : 1;
    const ahead = !measure.better || !delta ? undefined : delta * sign > 0 ? "b" : "a";
    const known = measure.text ? alike.text : alike.rows;
    const winner = known ? ahead : undefined;
    return [{ measure, a: one, b: other, delta, winner, elsewhere: !known && ahead !== undefined } as const];
  });
}
