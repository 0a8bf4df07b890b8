/** A line chart as SVG: title, axes with units, n, a legend of text, a crosshair, a table of the same numbers. */
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { scaleLinear, scaleLog } from "d3-scale";
import { area, line } from "d3-shape";
import { Download, Table2 } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useId, useRef, useState } from "react";
import { classes } from "../lib/classes";
import { chartSvg } from "../lib/exportImage";
import { formatPrecise, formatTick } from "../lib/format";
import { at, type Domain, type Numbers } from "../lib/lens";
import css from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { useHandFocusOn } from "./handFocusOn";
import { colorOf, dashOf, markOf } from "./seriesStyle";
import { ToolButton } from "./ToolButton";

export interface Series {
  /** Unique in the chart. */
  key: string;
  label: string;
  /** One per tick of the x axis; NaN leaves a gap. */
  values: Numbers;
  /** What is shaded in the line's colour, such as the spread of controls. Defaults to nothing. */
  band?: { low: Numbers; high: Numbers };
}

export interface ChartProps {
  title: string;
  /** What one line rests on: "1 position, 12 layers". */
  n: string;
  /** Name of the x axis. */
  xLabel: string;
  /** Name of each point on the x axis, in order. */
  xTicks: readonly string[];
  /** Name of the y axis with its unit. */
  yLabel: string;
  /** `from` is the bottom. */
  yDomain: Domain;
  series: readonly Series[];
  /** CSS pixels. Defaults to 240. */
  height?: number;
  /** Index on the x axis that is marked. Defaults to none. */
  selected?: number | null;
  /** A click or Enter on a point of the x axis. */
  onSelect?: (index: number) => void;
  /** Shows a button that hands over the chart as an SVG file's text. */
  onExport?: (svg: string) => void;
}

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 8, 10, 36];
/** Room between the ends of the x axis and the first and last point. */
const INSET = 14;
/** Lines of more points than this have no markers. */
const MARKERS_MAX = 48;
const FALLBACK_WIDTH = 480;

/** Powers of ten between two positive ends, with both ends. */
function logTicks(a: number, b: number): number[] {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const first = Math.ceil(Math.log10(low));
  const powers = Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_, i) => 10 ** (first + i));
  return [...new Set([low, ...powers.filter((power) => power < high / 1.6), high])];
}

function LinesTable({ title, xLabel, xTicks, series }: ChartProps) {
  const shown = (value: number) => (Number.isNaN(value) ? "–" : formatPrecise(value));
  return (
    <ChartTable
      title={title}
      named
      columns={[xLabel, ...series.map(({ label }) => label)]}
      rows={xTicks.map((tick, index) => [tick, ...series.map(({ values }) => shown(at(values, index)))])}
    />
  );
}

export function Chart(props: ChartProps) {
  const { title, n, xLabel, xTicks, yLabel, yDomain, series, height = 240, selected = null } = props;
  const { ref: sizeRef, width: measured } = useElementSize<HTMLDivElement>();
  const root = useRef<HTMLDivElement>(null);
  const frame = useMergedRef(sizeRef, root);
  useHandFocusOn(root);
  const svg = useRef<SVGSVGElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const clip = useId();

  const width = Math.max(200, Math.round(measured) || FALLBACK_WIDTH);
  const last = Math.max(1, xTicks.length - 1);
  const x = scaleLinear([0, last], [LEFT + INSET, width - RIGHT - INSET]);
  const y = (yDomain.log ? scaleLog : scaleLinear)([yDomain.from, yDomain.to], [height - BOTTOM, TOP]);
  const yTicks = yDomain.log ? logTicks(yDomain.from, yDomain.to) : y.ticks(5);
  const every = Math.max(1, Math.ceil((xTicks.length * 40) / (width - LEFT - RIGHT)));
  const usable = (value: number) => Number.isFinite(value) && !(yDomain.log && value <= 0);
  const path = line<number>()
    .defined((index) => !Number.isNaN(index))
    .x((index) => x(index));
  const shaded = ({ low, high }: { low: Numbers; high: Numbers }) =>
    area<number>()
      .defined((index) => usable(at(low, index)) && usable(at(high, index)))
      .x((index) => x(index))
      .y0((index) => y(at(low, index)))
      .y1((index) => y(at(high, index)))(xTicks.map((_, index) => index)) ?? "";
  const shown = hover ?? selected;

  const indexAt = (event: MouseEvent): number => {
    const box = svg.current?.getBoundingClientRect();
    const place = box && box.width > 0 ? ((event.clientX - box.left) / box.width) * width : LEFT;
    return Math.max(0, Math.min(xTicks.length - 1, Math.round(x.invert(place))));
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 : 1;
    const go = (index: number) => setHover(Math.max(0, Math.min(xTicks.length - 1, index)));
    const keys: Record<string, () => void> = {
      ArrowLeft: () => go((shown ?? 0) - by),
      ArrowRight: () => go((shown ?? -1) + by),
      Home: () => go(0),
      End: () => go(xTicks.length - 1),
      Enter: () => shown !== null && props.onSelect?.(shown),
      Escape: () => setHover(null),
      t: () => setAsTable((now) => !now),
    };
    const act = keys[event.key];
    if (!act || (event.key === "Escape" && hover === null)) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <figure className={css.figure}>
      <figcaption className={css.head}>
        <span className={css.title}>{title}</span>
        <span className={css.n}>{n}</span>
        <span className={css.tools}>
          <ToolButton label="Table view" hotkey="t" pressed={asTable} onClick={() => setAsTable(!asTable)}>
            <Table2 size={13} />
          </ToolButton>
          {props.onExport && !asTable && (
            <ToolButton label="Save as SVG" onClick={() => svg.current && props.onExport?.(chartSvg(svg.current))}>
              <Download size={13} />
            </ToolButton>
          )}
        </span>
      </figcaption>
      <div ref={frame} className={css.plot}>
        {asTable ? (
          <LinesTable {...props} />
        ) : (
          <svg
            ref={svg}
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
            className={css.svg}
            role="application"
            aria-roledescription="line chart"
            aria-label={`${title}. ${yLabel} by ${xLabel}, ${series.length} lines. Arrow keys read the values, T shows a table.`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the crosshair.
            tabIndex={0}
            onKeyDown={pressed}
            onMouseMove={(event) => setHover(indexAt(event))}
            onMouseLeave={() => setHover(null)}
            onBlur={() => setHover(null)}
            onClick={(event) => props.onSelect?.(indexAt(event))}
          >
            <clipPath id={clip}>
              <rect x={LEFT - 6} y={TOP - 6} width={width - LEFT - RIGHT + 12} height={height - TOP - BOTTOM + 12} />
            </clipPath>
            {yTicks.map((tick) => (
              <g key={tick}>
                <line className={css.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
                <text className={css.tick} x={LEFT - 6} y={y(tick)} textAnchor="end" dominantBaseline="central">
                  {formatTick(tick)}
                </text>
              </g>
            ))}
            {xTicks.map((tick, index) =>
              index % every === 0 ? (
                <text key={tick} className={css.tick} x={x(index)} y={height - BOTTOM + 15} textAnchor="middle">
                  {tick}
                </text>
              ) : null,
            )}
            <line className={css.axis} x1={LEFT} x2={width - RIGHT} y1={height - BOTTOM} y2={height - BOTTOM} />
            <text className={css.name} x={(LEFT + width - RIGHT) / 2} y={height - 4} textAnchor="middle">
              {xLabel}
            </text>
            <text
              className={css.name}
              transform={`translate(11 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`}
              textAnchor="middle"
            >
              {yLabel}
            </text>
            {selected !== null && (
              <line className={css.selected} x1={x(selected)} x2={x(selected)} y1={TOP} y2={height - BOTTOM} />
            )}
            {hover !== null && <line className={css.cross} x1={x(hover)} x2={x(hover)} y1={TOP} y2={height - BOTTOM} />}
            <g clipPath={`url(#${clip})`}>
              {series.map(({ key, values, band }, place) => {
                const points = xTicks.map((_, index) => (usable(at(values, index)) ? index : Number.NaN));
                return (
                  <g key={key} style={{ "--line": colorOf(place) }}>
                    {band && <path className={css.band} d={shaded(band)} />}
                    <path
                      className={css.line}
                      strokeDasharray={dashOf(place).join(" ")}
                      d={path.y((index) => y(at(values, index)))(points) ?? ""}
                    />
                    {xTicks.length <= MARKERS_MAX &&
                      points
                        .filter((index) => !Number.isNaN(index))
                        .map((index) => (
                          <path
                            key={index}
                            className={classes(css.point, index === shown && css.shown)}
                            d={markOf(place)}
                            transform={`translate(${x(index)} ${y(at(values, index))})`}
                          />
                        ))}
                  </g>
                );
              })}
            </g>
          </svg>
        )}
      </div>
      <ul className={css.legend} aria-live="polite">
        {shown !== null && <li className={css.value}>{xTicks[shown]}</li>}
        {series.map(({ key, label, values }, place) => (
          <li key={key} style={{ "--line": colorOf(place) }}>
            <svg width="22" height="10" viewBox="-11 -5 22 10" aria-hidden="true">
              <path className={css.line} strokeDasharray={dashOf(place).join(" ")} d="M-11 0H11" />
              <path className={css.point} d={markOf(place)} />
            </svg>
            <bdi className={css.label}>{label}</bdi>
            {shown !== null && (
              <span className={css.value}>
                {Number.isNaN(at(values, shown)) ? "no value" : formatPrecise(at(values, shown))}
              </span>
            )}
          </li>
        ))}
        {series.length === 0 && <li>Nothing is pinned. Pin a token to draw its line.</li>}
      </ul>
    </figure>
  );
}
