/**
 * Lens readings as the views need them: what the layers say at one position, and grids of layers × positions.
 *
 * Grids are layer-major: the cell of layer index i and position index j is at `i * positions.length + j`. NaN means missing.
 */

/** `"embed"` is what enters block 0; a number is the 0-based block after which the residual stream is read. */
export type LayerName = "embed" | number;

/** Any array of numbers that is not a list of objects. */
export type Numbers = ArrayLike<number>;

/** What every layer says at one position. */
export interface PositionLens {
  /** In the order of the computation: "embed", 0, …, n_layers − 1. */
  layers: readonly LayerName[];
  /** Predictions kept per layer. */
  k: number;
  /** Token ids (layer, k), likeliest first. */
  topIds: Numbers;
  /** Their probabilities (layer, k), 0 to 1. */
  topProbs: Numbers;
  /** Entropy (layer) in nats. */
  entropy: Numbers;
  /** Probability (layer) of the actual token; NaN where there is none. */
  prob: Numbers;
  /** Rank (layer) of the actual token, 1 the likeliest. */
  rank?: Numbers;
  /** KL divergence (layer) to the last layer in nats. */
  kl?: Numbers;
}

/** A lens over layers × positions; arrays are layer-major. */
export interface LensGrid {
  /** What the server says of it, as JSON: `GridHead`. Defaults to nothing. */
  head?: string;
  layers: readonly LayerName[];
  /** 0-based positions in the model's input, ascending. */
  positions: readonly number[];
  /** The tokens at those positions (position): the column headings. */
  tokens: Numbers;
  /** Likeliest token per cell. */
  ids: Numbers;
  /** Its probability, 0 to 1. */
  prob: Numbers;
  /** Nats. */
  entropy: Numbers;
  /** Probability of the target token, where one is asked for. */
  targetProb?: Numbers;
  /** Rank of the target token, 1 the likeliest. */
  rank?: Numbers;
  /** KL divergence to the last layer, nats. */
  kl?: Numbers;
  /** Logit of the target token, where one is asked for, else of the likeliest. */
  logit?: Numbers;
}

export type Metric = "prob" | "logprob" | "entropy" | "rank" | "kl" | "logit";
/** Whose probability: that of each cell's likeliest token, or of the one token that is followed. */
export type Subject = "top1" | "target";

export interface MetricText {
  /** Name in a sentence. */
  name: string;
  /** Empty where the number has none. */
  unit: string;
}

export const METRICS: Readonly<Record<Metric, MetricText>> = {
  prob: { name: "probability", unit: "" },
  logprob: { name: "log-probability", unit: "nats" },
  entropy: { name: "entropy", unit: "nats" },
  rank: { name: "rank", unit: "" },
  kl: { name: "KL to the last layer", unit: "nats" },
  logit: { name: "logit", unit: "" },
};

/** Where a metric lies and how it maps to 0 to 1. */
export interface Domain {
  /** The value at 0 of the scale; above `to` where small numbers are the strong ones (rank). */
  from: number;
  /** The value at 1 of the scale. */
  to: number;
  /** Logarithmic; both ends are positive. */
  log: boolean;
  /** Taken from the values in view and not fixed to the metric. */
  fitted: boolean;
  /** Fixed to the metric, but reaching further: some value lies beyond its usual end. Defaults to false. */
  widened?: boolean;
  /** The reader chose the ends: values beyond them are drawn as the ends. Defaults to false. */
  chosen?: boolean;
}

/** The number at `index`, NaN outside. */
export const at = (values: Numbers | undefined, index: number): number => values?.[index] ?? Number.NaN;

/** One number for each. A loop: `Float32Array.from` walks an iterator, which takes ten times as long. */
export function mapped(values: Numbers, change: (value: number) => number): Float32Array {
  const changed = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) changed[i] = change(values[i] ?? Number.NaN);
  return changed;
}

export const layerLabel = (layer: LayerName): string => (layer === "embed" ? "embed" : `L${layer}`);

/** Layer indices as rows from top to bottom: the last layer first, or the order of the computation when flipped. */
export function rowsOf(layers: readonly LayerName[], flip = false): number[] {
  const order = layers.map((_, index) => index);
  return flip ? order : order.reverse();
}

/** A prediction of one layer. */
export interface Prediction {
  id: number;
  /** 0 to 1. */
  prob: number;
  /** 1 the likeliest. */
  rank: number;
}

/** The predictions of layer `index`, likeliest first, at most `k` of them (default: all that are kept); none where they are not finite. */
export function predictionsOf(lens: PositionLens, index: number, k = lens.k): Prediction[] {
  return Array.from({ length: Math.min(k, lens.k) }, (_, rank) => ({
    id: at(lens.topIds, index * lens.k + rank),
    prob: at(lens.topProbs, index * lens.k + rank),
    rank: rank + 1,
  })).filter(({ prob }) => Number.isFinite(prob));
}

/** Probability of the token at every layer (layer); NaN where it is not among the kept predictions. */
export const probabilityOf = (lens: PositionLens, id: number): Float32Array =>
  Float32Array.from(
    lens.layers,
    (_, index) => predictionsOf(lens, index).find((prediction) => prediction.id === id)?.prob ?? Number.NaN,
  );

/** The array behind a metric, or null where the grid does not have it. Log-probabilities are taken from the probabilities. */
export function metricValues(grid: LensGrid, metric: Metric, of: Subject = "top1"): Numbers | null {
  const prob = of === "target" ? grid.targetProb : grid.prob;
  switch (metric) {
    case "prob":
      return prob ?? null;
    case "logprob":
      return prob ? mapped(prob, Math.log) : null;
    case "entropy":
      return grid.entropy;
    case "rank":
      return grid.rank ?? null;
    case "kl":
      return grid.kl ?? null;
    case "logit":
      return grid.logit ?? null;
  }
}

function extent(values: Numbers): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * The scale of a metric, the same in every view: probability 0 to 1, entropy 0 to ln V, rank V to 1 on a log scale (rank 1 is
 * the strong end). KL and log-probability have no bound: 0 to ln V and −14 nats to 0, and as far beyond as the values go. They
 * stay linear: the last layer's KL is 0, which has no place on a log scale. Logits have no fixed range and are fitted.
 */
export function metricDomain(metric: Metric, vocabSize: number, values: Numbers, fit = false): Domain {
  const nats = Math.log(Math.max(2, vocabSize));
  const fixed: Record<Metric, [number, number] | null> = {
    prob: [0, 1],
    logprob: [-14, 0],
    entropy: [0, nats],
    kl: [0, nats],
    rank: [Math.max(2, vocabSize), 1],
    logit: null,
  };
  const whole = fit ? null : fixed[metric];
  const log = metric === "rank";
  const bounded = metric !== "logprob" && metric !== "kl";
  if (whole && bounded) return { from: whole[0], to: whole[1], log, fitted: false };
  const [low, high] = extent(values);
  if (whole) {
    const from = metric === "logprob" ? Math.min(whole[0], low) : whole[0];
    const to = metric === "kl" ? Math.max(whole[1], high) : whole[1];
    const widened = from !== whole[0] || to !== whole[1];
    return { from, to, log, fitted: false, ...(widened ? { widened } : {}) };
  }
  const top = high > low ? high : low + 1;
  return log ? { from: top, to: low, log, fitted: true } : { from: low, to: top, log, fitted: true };
}

/** Ends of a scale that somebody chose: the smaller and the larger number. */
export interface Ends {
  lo?: number;
  hi?: number;
}

/** A domain with the chosen ends in the places of its own, where they leave a scale. */
export function withEnds(own: Domain, { lo, hi }: Ends): Domain {
  if (lo === undefined && hi === undefined) return own;
  const down = own.from > own.to;
  const low = lo ?? Math.min(own.from, own.to);
  const high = hi ?? Math.max(own.from, own.to);
  if (low >= high || (own.log && low <= 0)) return own;
  return { from: down ? high : low, to: down ? low : high, log: own.log, fitted: false, chosen: true };
}

/** Nothing at or below 0 has a place on a log scale: a rank of 0 is how integer arrays say "none". */
const logarithm = (value: number): number => (value > 0 ? Math.log(value) : Number.NaN);

/** A value's place on the scale, 0 to 1, clamped; NaN stays NaN. */
export function scaleTo({ from, to, log }: Domain): (value: number) => number {
  const map = log ? logarithm : (value: number) => value;
  const [start, end] = [map(from), map(to)];
  return (value) => Math.max(0, Math.min(1, (map(value) - start) / (end - start)));
}

/** This minus the other at the same layer and position, with how far the scale reaches. */
export interface Difference {
  /** Layer-major like the first grid; NaN where either side is missing. Ranks are compared as −Δ ln rank: positive is better. */
  values: Float32Array;
  /** The scale is −limit to +limit: the 99.5th percentile of the absolute differences. */
  limit: number;
  /** Some values lie beyond the limit. */
  clipped: boolean;
}

/** The 99.5th percentile of the absolute values, and whether anything lies above it. */
function limitOf(values: Float32Array): { limit: number; clipped: boolean } {
  const sizes = values.filter(Number.isFinite).map(Math.abs).sort();
  const limit = at(sizes, Math.ceil(0.995 * sizes.length) - 1);
  const usable = limit > 0 ? limit : 1;
  return { limit: usable, clipped: at(sizes, sizes.length - 1) > usable };
}

/** Compares cells by layer and position, whatever the order or span of the two grids. Null where one lacks the metric. */
export function differenceOf(grid: LensGrid, other: LensGrid, metric: Metric, of: Subject = "top1"): Difference | null {
  const [mine, theirs] = [metricValues(grid, metric, of), metricValues(other, metric, of)];
  if (!mine || !theirs) return null;
  const map = metric === "rank" ? (rank: number) => -logarithm(rank) : (value: number) => value;
  const columns = new Map(other.positions.map((position, column) => [position, column]));
  const rows = new Map(other.layers.map((layer, row) => [layer, row]));
  const values = new Float32Array(mine.length).fill(Number.NaN);
  grid.layers.forEach((layer, i) => {
    const row = rows.get(layer);
    if (row === undefined) return;
    grid.positions.forEach((position, j) => {
      const column = columns.get(position);
      if (column === undefined) return;
      const cell = i * grid.positions.length + j;
      values[cell] = map(at(mine, cell)) - map(at(theirs, row * other.positions.length + column));
    });
  });
  return { values, ...limitOf(values) };
}

/** One column of a metric (layer), or null where the grid does not have it. */
export function columnOf(grid: LensGrid, column: number, metric: Metric, of: Subject = "top1"): Float32Array | null {
  const values = metricValues(grid, metric, of);
  return values && Float32Array.from(grid.layers, (_, i) => at(values, i * grid.positions.length + column));
}
