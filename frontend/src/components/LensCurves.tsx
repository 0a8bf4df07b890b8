/** The curves view: one metric across the layers, a line per token that is followed. */
import { type LayerName, layerLabel, METRICS, type Metric, metricDomain, type Numbers } from "../lib/lens";
import { Chart } from "./Chart";

/** One line. */
export interface LensCurve {
  /** Unique: "position.token" or the like. */
  key: string;
  /** What is followed: the token's display form, and where. */
  label: string;
  /** One per layer; NaN where the reading does not tell. */
  values: Numbers;
}

export interface LensCurvesProps {
  /** In the order of the computation: the x axis. */
  layers: readonly LayerName[];
  metric: Metric;
  curves: readonly LensCurve[];
  /** d_vocab: sets the scale of entropy, KL and rank. */
  vocabSize: number;
  /** What is read: "logit lens for token 17". */
  title: string;
  /** Scale to the lines and not to the metric. Defaults to false. */
  fit?: boolean;
  /** CSS pixels. Defaults to 240. */
  height?: number;
  /** Marked layer. Defaults to none. */
  layer?: LayerName | null;
  onLayer?: (layer: LayerName) => void;
  /** Shows a button that hands over the chart as an SVG file's text. */
  onExport?: (svg: string) => void;
}

export function LensCurves(props: LensCurvesProps) {
  const { layers, metric, curves, vocabSize, layer = null, onLayer } = props;
  const { name, unit } = METRICS[metric];
  const all = curves.flatMap(({ values }) => Array.from(values));
  const domain = metricDomain(metric, vocabSize, all, props.fit);
  const scale = domain.fitted ? ", fit to view" : domain.widened ? ", scale widened to the largest value" : "";
  const place = layer === null ? -1 : layers.indexOf(layer);
  return (
    <Chart
      title={props.title}
      n={`n = ${curves.length} ${curves.length === 1 ? "line" : "lines"} × ${layers.length} layers${scale}`}
      xLabel="layer"
      xTicks={layers.map(layerLabel)}
      yLabel={`${name}${unit ? ` (${unit})` : ""}${domain.log ? ", log scale" : ""}`}
      yDomain={domain}
      series={curves}
      height={props.height}
      selected={place < 0 ? null : place}
      onSelect={(index) => {
        const chosen = layers[index];
        if (chosen !== undefined) onLayer?.(chosen);
      }}
      onExport={props.onExport}
    />
  );
}
