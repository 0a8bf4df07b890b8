/** Curves that grow while one looks, of up to a hundred thousand points: log axis, smoothing, a table of the same numbers. */
import { Table2 } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useMemo, useState } from "react";
import { formatCount, formatPrecise } from "../lib/format";
import { extentOf, smoothed, thinned } from "../lib/series";
import css from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { colorOf } from "./seriesStyle";
import { ToolButton } from "./ToolButton";

const SeriesPlot = lazy(() => import("./SeriesPlot"));

export interface Curve {
  /** Unique in the chart. */
  key: string;
  label: string;
  /** One per x; NaN leaves a gap. */
  values: ArrayLike<number>;
}

export interface SeriesChartProps {
  title: string;
  /** Ascending. */
  x: ArrayLike<number>;
  xLabel: string;
  /** Name of the y axis with its unit. */
  yLabel: string;
  curves: readonly Curve[];
  /** Weight of what came before, 0 to 0.99. Defaults to 0. */
  smooth?: number;
  /** Defaults to a linear axis. */
  log?: boolean;
  /** CSS pixels. Defaults to 220. */
  height?: number;
  /** Offers to change the axis. */
  onLog?: (log: boolean) => void;
}

/** Rows of the table; of more points every so-manyth is listed. */
const TABLE_MAX = 200;

const valueAt = (values: ArrayLike<number>, index: number): string => {
  const value = values[index] ?? Number.NaN;
  return Number.isNaN(value) ? "–" : formatPrecise(value);
};

export function SeriesChart(props: SeriesChartProps) {
  const { title, x, xLabel, yLabel, curves, smooth = 0, log = false, height = 220, onLog } = props;
  const [asTable, setAsTable] = useState(false);
  const [hover, setHover] = useState<number | null>(null);
  const drawn = useMemo(
    () =>
      curves.map((curve) =>
        smooth > 0 ? { ...curve, raw: curve.values, values: smoothed(Array.from(curve.values), smooth) } : curve,
      ),
    [curves, smooth],
  );
  const drawable =
    extentOf(
      curves.map(({ values }) => Array.from(values)),
      log,
    ) !== undefined;
  const shown = hover !== null && hover < x.length ? hover : x.length - 1;
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      t: () => setAsTable(!asTable),
      ArrowLeft: () => setHover(Math.max(0, shown - (event.shiftKey ? 10 : 1))),
      ArrowRight: () => setHover(Math.min(x.length - 1, shown + (event.shiftKey ? 10 : 1))),
      Home: () => setHover(0),
      End: () => setHover(x.length - 1),
    };
    const act = keys[event.key];
    if (!act || x.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <figure
      className={css.figure}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows read the values, T shows the table.
      tabIndex={0}
      aria-label={`${title}. ${yLabel} by ${xLabel}, ${x.length} points. Arrow keys read the values, T shows a table.`}
      onKeyDown={pressed}
    >
      <figcaption className={css.head}>
        <span className={css.title}>{title}</span>
        <span className={css.n}>
          {formatCount(x.length)} {x.length === 1 ? "point" : "points"}
          {smooth > 0 && ` · smoothed ${smooth}`}
        </span>
        <span className={css.tools}>
          {onLog && (
            <ToolButton label="Logarithmic axis" pressed={log} onClick={() => onLog(!log)}>
              log
            </ToolButton>
          )}
          <ToolButton label="Table view" hotkey="t" pressed={asTable} onClick={() => setAsTable(!asTable)}>
            <Table2 size={13} />
          </ToolButton>
        </span>
      </figcaption>
      {asTable ? (
        <CurveTable {...props} />
      ) : drawable ? (
        <Suspense fallback={<div style={{ height }} />}>
          <SeriesPlot
            x={x}
            series={drawn}
            xLabel={xLabel}
            yLabel={yLabel}
            log={log}
            height={height}
            onHover={setHover}
          />
        </Suspense>
      ) : (
        <div className={css.none} style={{ height }}>
          {x.length === 0
            ? "No point yet."
            : log
              ? "Nothing above 0 to draw on a logarithmic axis."
              : "No finite value."}
        </div>
      )}
      {!asTable && x.length > 0 && (
        <ul className={css.legend} aria-live={hover === null ? "off" : "polite"}>
          <li className={css.value}>
            {xLabel} {formatPrecise(x[shown] ?? 0)}
          </li>
          {drawn.map(({ key, label, values }, index) => (
            <li key={key}>
              <span className={css.swatch} style={{ borderColor: colorOf(index) }} aria-hidden />
              <bdi>{label}</bdi>
              <span className={css.value}>{valueAt(values, shown)}</span>
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function CurveTable({ title, x, xLabel, curves, height = 220 }: SeriesChartProps) {
  const rows = thinned(x.length, TABLE_MAX);
  return (
    <ChartTable
      title={title}
      columns={[xLabel, ...curves.map(({ label }) => label)]}
      rows={rows.map((index) => [formatPrecise(x[index] ?? 0), ...curves.map(({ values }) => valueAt(values, index))])}
      note={rows.length < x.length ? `${rows.length} of ${formatCount(x.length)} points.` : undefined}
      maxHeight={height + 24}
    />
  );
}
