/** The canvas of `SeriesChart`, by uplot: fetched when a chart is. Knows no table and no controls. */
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axisTexts } from "../lib/progress";
import { endsOfNothing } from "../lib/series";
import css from "./Chart.module.css";
import { colorAt, dashOf } from "./seriesStyle";
import { useThemeColors } from "./themeColors";

export interface PlotSeries {
  key: string;
  label: string;
  /** NaN leaves a gap. */
  values: ArrayLike<number>;
  /** The same before it was smoothed, drawn faintly behind. */
  raw?: ArrayLike<number>;
}

export interface SeriesPlotProps {
  x: ArrayLike<number>;
  series: readonly PlotSeries[];
  xLabel: string;
  yLabel: string;
  log: boolean;
  /** CSS pixels. */
  height: number;
  /** Index of the point under the pointer, or null. */
  onHover: (index: number | null) => void;
}

const gaps = (values: ArrayLike<number>, log: boolean): (number | null)[] =>
  Array.from(values, (value) => (Number.isFinite(value) && !(log && value <= 0) ? value : null));

const dataOf = (x: ArrayLike<number>, series: readonly PlotSeries[], log: boolean): uPlot.AlignedData => [
  Array.from(x),
  ...series.flatMap(({ values, raw }) => (raw ? [gaps(raw, log), gaps(values, log)] : [gaps(values, log)])),
];

const LABEL_PX = 16;

/** Of the vertical axis; the padding is uPlot's own. */
const range = (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax =>
  low === null || high === null ? [null, null] : (endsOfNothing(low, high) ?? uPlot.rangeNum(low, high, 0.1, true));

export default function SeriesPlot(props: SeriesPlotProps) {
  const { x, series, xLabel, yLabel, log, height } = props;
  const colors = useThemeColors();
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const frame = useMergedRef(sizeRef, place);
  const plot = useRef<uPlot>(null);
  const hover = useRef(props.onHover);
  useEffect(() => {
    hover.current = props.onHover;
  });
  // What makes another picture; new points of the same curves only go into the one there is.
  const shape = JSON.stringify([series.map(({ key, raw }) => [key, raw !== undefined]), log, xLabel, yLabel, colors]);
  const data = dataOf(x, series, log);
  const latest = useRef({ data, series, width, height });
  latest.current = { data, series, width, height };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` names all that the options are made of.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const axis = (label: string, size: number): uPlot.Axis => ({
      label,
      labelSize: LABEL_PX,
      labelFont: "11px 'Inter Variable', sans-serif",
      font: "10.5px 'JetBrains Mono Variable', monospace",
      size,
      stroke: colors.dimmed,
      grid: { stroke: colors.border, width: 0.5 },
      ticks: { show: false },
      values: (_, splits) => {
        const texts = axisTexts(splits.filter((value) => value !== null));
        return splits.map((value) => (value === null ? "" : (texts.shift() ?? "")));
      },
    });
    const line = (index: number): uPlot.Series => ({
      stroke: colorAt(element, index) || colors.text,
      width: 1.5,
      dash: dashOf(index),
      points: { show: false },
      spanGaps: true,
    });
    const made = new uPlot(
      {
        width: Math.max(100, latest.current.width || 480),
        height: latest.current.height,
        legend: { show: false },
        cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: log ? { distr: 3, log: 10 } : { range } },
        axes: [axis(xLabel, 28), axis(yLabel, 50)],
        series: [
          {},
          ...series.flatMap(({ raw }, index) =>
            raw ? [{ ...line(index), alpha: 0.25, width: 1, dash: [] }, line(index)] : [line(index)],
          ),
        ],
        hooks: { setCursor: [({ cursor }) => hover.current(cursor.idx ?? null)] },
      },
      latest.current.data,
      element,
    );
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [shape]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `data` is made of these.
  useEffect(() => {
    plot.current?.setData(latest.current.data);
  }, [x, series, log]);
  return <div ref={frame} className={css.plot} style={{ minHeight: height }} aria-hidden="true" />;
}
