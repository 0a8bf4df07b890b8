/** A small histogram whose range is chosen by dragging over it, or with the arrow keys at either end. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type BinRange, type Bins, binsOf, countIn, rangeOf } from "../lib/bins";
import { formatCount, formatTick } from "../lib/format";
import css from "./Histogram.module.css";

export interface HistogramProps extends Bins {
  title: string;
  /** What is counted, such as "features". */
  unit: string;
  /** Values that are chosen; null is all of them. */
  range: readonly [number, number] | null;
  /** Without it nothing is chosen. Called when the pointer lets go. */
  onRange?: (range: readonly [number, number] | null) => void;
  /** Bars by the logarithm of their counts. Defaults to false. */
  log?: boolean;
  /** CSS pixels. Defaults to 56. */
  height?: number;
  /** How an end is written. Defaults to a short number. */
  format?: (value: number) => string;
}

export function Histogram(props: HistogramProps) {
  const { edges, counts, title, unit, range, onRange, log = false, height = 56, format = formatTick } = props;
  const plot = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const bins: Bins = { edges, counts };
  const n = counts.length;
  const [first, last]: BinRange = drag
    ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)]
    : binsOf(bins, range);
  const tall = (count: number) => (log ? Math.log1p(count) : count);
  const most = Math.max(1e-9, ...counts.map(tall));
  const chosen = range !== null || drag !== null;

  const binAt = ({ clientX }: PointerEvent): number => {
    const box = plot.current?.getBoundingClientRect();
    const share = box && box.width > 0 ? (clientX - box.left) / box.width : 0;
    return Math.max(0, Math.min(n - 1, Math.floor(share * n)));
  };
  const choose = (next: BinRange) => onRange?.(rangeOf(bins, next));
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (!onRange || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = binAt(event);
    setDrag({ from: at, to: at });
  };
  const up = () => {
    if (!drag) return;
    setDrag(null);
    choose([first, last]);
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
    choose(
      end === "least"
        ? [Math.max(0, Math.min(last, first + by)), last]
        : [first, Math.min(n - 1, Math.max(first, last + by))],
    );
  };
  const handle = (end: "least" | "most", bin: number, edge: number) => (
    <div
      role="slider"
      tabIndex={0}
      className={css.handle}
      aria-label={`${title}, ${end}`}
      aria-valuemin={edges[0]}
      aria-valuemax={edges[n]}
      aria-valuenow={edges[edge]}
      aria-valuetext={format(edges[edge] ?? 0)}
      style={{ left: `${((end === "least" ? bin : bin + 1) / n) * 100}%` }}
      onKeyDown={pressed(end)}
    />
  );
  return (
    <figure className={css.figure}>
      <figcaption className={css.head}>
        <span className={css.title}>{title}</span>
        {formatCount(countIn(bins, [first, last]))} {unit}
        {log && " · log counts"}
        {range !== null && onRange && (
          <button type="button" className={css.clear} onClick={() => onRange(null)}>
            all
          </button>
        )}
      </figcaption>
      <div
        ref={plot}
        className={css.plot}
        onPointerDown={down}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: binAt(event) })}
        onPointerUp={up}
        onPointerCancel={() => setDrag(null)}
      >
        <svg className={css.svg} height={height} viewBox={`0 0 ${n} 1`} preserveAspectRatio="none" aria-hidden="true">
          {counts.map((count, bin) => (
            <rect
              key={edges[bin]}
              className={css.bar}
              data-in={chosen ? bin >= first && bin <= last : true}
              x={bin + 0.06}
              width={0.88}
              // A bin that is not empty is seen.
              y={1 - Math.max(count > 0 ? 0.02 : 0, tall(count) / most)}
              height={Math.max(count > 0 ? 0.02 : 0, tall(count) / most)}
            >
              <title>{`${format(edges[bin] ?? 0)} to ${format(edges[bin + 1] ?? 0)}: ${formatCount(count)} ${unit}`}</title>
            </rect>
          ))}
        </svg>
        {onRange && n > 0 && handle("least", first, first)}
        {onRange && n > 0 && handle("most", last, last + 1)}
      </div>
      <div className={css.ends}>
        <span>{format(edges[chosen ? first : 0] ?? 0)}</span>
        <span>{format(edges[chosen ? last + 1 : n] ?? 0)}</span>
      </div>
    </figure>
  );
}
