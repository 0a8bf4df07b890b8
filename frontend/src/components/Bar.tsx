/** A value from 0 to 1 as a horizontal bar, coloured by the same table as the heatmaps. */
import { entryOf, type Scheme, TABLES } from "../lib/color";
import css from "./Bar.module.css";

export interface BarProps {
  /** 0 to 1; NaN draws a hatched bar. */
  value: number;
  /** Defaults to viridis. */
  scheme?: Scheme;
}

/** Decoration beside a number that is written out: hidden from screen readers. */
export function Bar({ value, scheme = "viridis" }: BarProps) {
  const entry = entryOf(value);
  if (entry < 0) return <span className={`${css.track} ${css.missing}`} aria-hidden="true" />;
  return (
    <span className={css.track} aria-hidden="true">
      <span
        className={css.fill}
        style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%`, background: TABLES[scheme].css[entry] }}
      />
    </span>
  );
}
