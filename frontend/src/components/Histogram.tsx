/** A small histogram whose range is chosen by dragging over it, or with the arrow keys at either end. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type BinRange, type Bins, binsOf, countIn, placeOf, rangeOf } from "../lib/bins";
import { formatCount, formatTick } from "../lib/format";
import { shortEnd } from "../lib/search";
import css from "./Histogram.module.css";

export interface HistogramProps extends Bins {
  title: string;
  /** What is counted, such as "features". */
  unit: string;
  /** Values that are chosen; null is all of them. An end may be infinite. */
  range: readonly [number, number] | null;
  /** Without it nothing is chosen. Called when the pointer lets go; an end at the axis' own is infinite. */
  onRange?: (range: readonly [number, number] | null) => void;
  /** (bins). Those that `counts` are a part of, in a fainter tone behind. */
  whole?: readonly number[];
  /** How many there are in the range. Defaults to what its bins hold. */
  total?: number;
  /** Bars by the logarithm of their counts. Defaults to false. */
  log?: boolean;
  /** CSS pixels. Defaults to 56. */
  height?: number;
  /** How an end of the axis is written. Defaults to a short number. */
  format?: (value: number) => string;
}

export function Histogram(props: HistogramProps) {
  const { edges, counts, title, unit, range, onRange, log = false, height = 56, format = formatTick } = props;
  const plot = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const bins: Bins = { edges, counts };
  const n = counts.length;
  const dragged: BinRange | null = drag && [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
  const [first, last] = dragged ?? binsOf(bins, range);
  const [low, high] = (dragged ? rangeOf(bins, dragged) : range) ?? [-Infinity, Infinity];
  const places = [placeOf(bins, low), placeOf(bins, high)] as const;
  const chosen = range !== null || drag !== null;
  const shown = dragged ? countIn(bins, dragged) : (props.total ?? countIn(bins, [first, last]));

  const binAt = ({ clientX }: PointerEvent): number => {
    const box = plot.current?.getBoundingClientRect();
    const share = box && box.width > 0 ? (clientX - box.left) / box.width : 0;
    return Math.max(0, Math.min(n - 1, Math.floor(share * n)));
  };
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (!onRange || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = binAt(event);
    setDrag({ from: at, to: at });
  };
  const up = () => {
    if (!dragged) return;
    setDrag(null);
    onRange?.(rangeOf(bins, dragged));
  };
  const pressed = (end: "least" | "most") => (event: KeyboardEvent) => {
    const step = event.shiftKey ? 10 : 1;
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, Home: -n, End: n }[event.key];
    if (by === undefined) {
      if (event.key === "Escape" && range) onRange?.(null);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const next: BinRange =
      end === "least"
        ? [Math.max(0, Math.min(last, first + by)), last]
        : [first, Math.min(n - 1, Math.max(first, last + by))];
    const [from, to] = rangeOf(bins, next) ?? [-Infinity, Infinity];
    // The other end stays where it is, also inside a bin.
    const moved = end === "least" ? ([from, high] as const) : ([low, to] as const);
    onRange?.(placeOf(bins, moved[0]) <= 0 && placeOf(bins, moved[1]) >= n ? null : moved);
  };
  const handle = (end: "least" | "most", place: number, value: number) => {
    const at = Math.max(edges[0] ?? 0, Math.min(edges[n] ?? 0, value));
    return (
      <div
        role="slider"
        tabIndex={0}
        className={css.handle}
        aria-label={`${title}, ${end}`}
        aria-valuemin={edges[0]}
        aria-valuemax={edges[n]}
        aria-valuenow={at}
        aria-valuetext={shortEnd(value) || format(at)}
        style={{ left: `${(place / n) * 100}%` }}
        onKeyDown={pressed(end)}
      />
    );
  };
  return (
    <figure className={css.figure}>
      <figcaption className={css.head}>
        <span className={css.title}>{title}</span>
        {formatCount(shown)} {unit}
        {log && " · log counts"}
        {range !== null && onRange && (
          <button type="button" className={css.clear} onClick={() => onRange(null)}>
            all
          </button>
        )}
      </figcaption>
      {onRange && n > 0 && <Chosen ends={chosen ? [low, high] : null} places={places} n={n} />}
      <div
        ref={plot}
        className={css.plot}
        onPointerDown={down}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: binAt(event) })}
        onPointerUp={up}
        onPointerCancel={() => setDrag(null)}
      >
        <svg className={css.svg} height={height} viewBox={`0 0 ${n} 1`} preserveAspectRatio="none" aria-hidden="true">
          <Bars {...{ edges, counts, unit, log, format, places }} whole={props.whole} />
        </svg>
        {onRange && n > 0 && handle("least", places[0], low)}
        {onRange && n > 0 && handle("most", places[1], high)}
      </div>
      <div className={css.ends}>
        <span>{format(edges[0] ?? 0)}</span>
        <span>{format(edges[n] ?? 0)}</span>
      </div>
    </figure>
  );
}

interface ChosenProps {
  /** Null where nothing is chosen. */
  ends: readonly [number, number] | null;
  /** In bins. */
  places: readonly [number, number];
  n: number;
}

/** The chosen ends at their handles, as an address writes them; the row is there before anything is chosen. */
function Chosen({ ends, places: [from, to], n }: ChosenProps) {
  return (
    <div className={css.chosen}>
      <span style={{ flexGrow: from }} />
      <span className={css.between} style={{ flexGrow: to - from }}>
        <span>{ends && shortEnd(ends[0])}</span>
        <span>{ends && shortEnd(ends[1])}</span>
      </span>
      <span style={{ flexGrow: n - to }} />
    </div>
  );
}

interface BarsProps extends Bins {
  whole: readonly number[] | undefined;
  unit: string;
  log: boolean;
  format: (value: number) => string;
  /** Chosen ends, in bins. */
  places: readonly [number, number];
}

/** In units of bins and of the tallest bar; what is chosen is lit, a bin that is cut by an end in part. */
function Bars({ edges, counts, whole, unit, log, format, places }: BarsProps) {
  const size = (count: number) => (log ? Math.log1p(count) : count);
  const most = Math.max(1e-9, ...(whole ?? counts).map(size));
  const bar = (count: number, from: number, to: number, tone: string | undefined) => {
    // A bin that is not empty is seen.
    const tall = count > 0 ? Math.max(0.02, size(count) / most) : 0;
    return <rect className={tone} x={from} width={Math.max(0, to - from)} y={1 - tall} height={tall} />;
  };
  return counts.map((count, bin) => {
    const [from, to] = [bin + 0.06, bin + 0.94];
    const of = whole ? ` of ${formatCount(whole[bin] ?? 0)}` : "";
    return (
      <g key={edges[bin]}>
        <title>{`${format(edges[bin] ?? 0)} to ${format(edges[bin + 1] ?? 0)}: ${formatCount(count)}${of} ${unit}`}</title>
        {whole && bar(whole[bin] ?? 0, from, to, css.whole)}
        {bar(count, from, to, css.bar)}
        {bar(count, Math.max(from, places[0]), Math.min(to, places[1]), css.lit)}
      </g>
    );
  });
}
