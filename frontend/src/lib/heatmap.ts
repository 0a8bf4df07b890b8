/** What a heatmap of a lens grid shows, computed once for the canvas, the table view and the exported picture. */
import { type ColorTable, entryOf, parseColor, type Scheme, signedTable, TABLES, type ThemeColors } from "./color";
import {
  type Difference,
  type Domain,
  differenceOf,
  type Ends,
  type LayerName,
  type LensGrid,
  METRICS,
  type Metric,
  metricDomain,
  metricValues,
  type Numbers,
  type Subject,
  scaleTo,
  withEnds,
} from "./lens";

/** A cell by its names, not by its indices. */
export interface HeatmapCell {
  layer: LayerName;
  position: number;
}

export interface HeatmapModel {
  grid: LensGrid;
  /** Layer-major; NaN is missing. */
  values: Numbers;
  /** Index into the table per cell, layer-major; −1 is missing. */
  entries: Int16Array;
  /** Some cells have no value. */
  missing: boolean;
  table: ColorTable;
  domain: Domain;
  /** Signed: blue above zero, orange below. */
  difference: Difference | null;
  /** What the colour means, for the legend. */
  title: string;
  unit: string;
}

export interface HeatmapChoice {
  metric: Metric;
  /** Defaults to "top1". */
  of?: Subject;
  /** d_vocab: sets the scale of entropy, KL and rank. */
  vocabSize: number;
  /** Scale to the values in the grid and not to the metric. Defaults to false. */
  fit?: boolean;
  /** Ends of the scale instead; a difference keeps its own. Defaults to none. */
  ends?: Ends;
  /** Defaults to viridis; differences always use the signed table. */
  scheme?: Scheme;
  /** Show this grid minus the other. */
  against?: LensGrid;
}

/** The name of what is coloured: `probability of the likeliest token`. */
function titleOf(metric: Metric, of: Subject): string {
  const { name } = METRICS[metric];
  if (metric === "entropy" || metric === "kl") return name;
  return metric === "rank" || of === "target" ? `${name} of the target` : `${name} of the likeliest`;
}

/** Null where the grid (or the one it is compared with) does not have the metric. */
export function heatmapModel(
  grid: LensGrid,
  { metric, of = "top1", vocabSize, fit = false, ends = {}, scheme = "viridis", against }: HeatmapChoice,
  colors: ThemeColors,
): HeatmapModel | null {
  const { unit } = METRICS[metric];
  const title = titleOf(metric, of);
  if (against) {
    const difference = differenceOf(grid, against, metric, of);
    if (!difference) return null;
    const { values, limit } = difference;
    const table = signedTable(parseColor(colors.negative), parseColor(colors.raised), parseColor(colors.positive));
    const domain: Domain = { from: -limit, to: limit, log: false, fitted: true };
    const name = metric === "rank" ? "−Δ ln rank of the target" : `Δ ${title}`;
    return { grid, values, ...entriesOf(values, domain), table, domain, difference, title: name, unit };
  }
  const values = metricValues(grid, metric, of);
  if (!values) return null;
  const domain = withEnds(metricDomain(metric, vocabSize, values, fit), ends);
  return {
    grid,
    values,
    ...entriesOf(values, domain),
    table: TABLES[scheme],
    domain,
    difference: null,
    title,
    unit,
  };
}

function entriesOf(values: Numbers, domain: Domain): Pick<HeatmapModel, "entries" | "missing"> {
  const scale = scaleTo(domain);
  const entries = new Int16Array(values.length);
  for (let cell = 0; cell < values.length; cell++) entries[cell] = entryOf(scale(values[cell] ?? Number.NaN));
  return { entries, missing: entries.includes(-1) };
}
