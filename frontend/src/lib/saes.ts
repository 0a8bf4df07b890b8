/** What sparse autoencoders are worth, as their metrics files and report cards name it. */

/** A number that tells one SAE from another. */
export interface Measure {
  /** In `metrics.json`. */
  key: string;
  title: string;
  says: string;
  /** Which of two is the better one; undefined where neither is. */
  better: "less" | "more" | undefined;
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
  },
  { key: "kl", title: "KL", says: "KL(clean ‖ spliced), nats per token", better: "less" },
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

/** Three digits: what a table of measures needs. */
export const shortNumber = (value: number | undefined | null): string =>
  value === undefined || value === null ? "–" : String(Number(value.toPrecision(3))).replace("-", "−");

export interface Compared {
  measure: Measure;
  a: number | undefined;
  b: number | undefined;
  /** b − a; undefined where either is missing. */
  delta: number | undefined;
  /** Which of the two is better; undefined where neither is or nobody can say. */
  winner: "a" | "b" | undefined;
}

/** Every measure that either has. */
export function comparedMeasures(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): Compared[] {
  return MEASURES.flatMap((measure) => {
    const [one, other] = [measured(a, measure.key), measured(b, measure.key)];
    if (one === undefined && other === undefined) return [];
    const delta = one === undefined || other === undefined ? undefined : other - one;
    const sign = measure.better === "less" ? -1 : 1;
    const winner = !measure.better || !delta ? undefined : delta * sign > 0 ? "b" : "a";
    return [{ measure, a: one, b: other, delta, winner } as const];
  });
}
