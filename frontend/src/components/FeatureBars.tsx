/** Named numbers as bars from one line: what a feature promotes and suppresses, what is near it. */
import type { ReactNode } from "react";
import { formatPrecise } from "../lib/format";
import css from "./FeatureBars.module.css";
import { HueBar } from "./HueBar";

export interface FeatureBar {
  key: string | number;
  /** What it is: a token, a link to a feature. */
  name: ReactNode;
  /** Decides the bar's length; one below 0 takes the other hue. */
  value: number;
  /** The value as it is written. */
  text: string;
  /** Beside the name: a count, a label. Defaults to none. */
  aside?: ReactNode;
  /** Tooltip of the number. Defaults to all its digits. */
  says?: string;
}

export interface FeatureBarsProps {
  /** Names the list to screen readers. */
  label: string;
  bars: readonly FeatureBar[];
  /** Size of a full bar. Defaults to the largest there is. */
  full?: number;
  /** Stands where bars would. Defaults to a dash. */
  empty?: ReactNode;
}

export function FeatureBars({ label, bars, full, empty = "–" }: FeatureBarsProps) {
  if (bars.length === 0) return <p className={css.empty}>{empty}</p>;
  const most = full ?? Math.max(...bars.map(({ value }) => Math.abs(value)));
  return (
    <ul className={css.list} aria-label={label}>
      {bars.map(({ key, name, value, text, aside, says }) => (
        <li key={key}>
          <span className={css.name}>
            {name}
            {aside !== undefined && <span className={css.aside}>{aside}</span>}
          </span>
          <HueBar share={most > 0 ? Math.abs(value) / most : 0} hue={value < 0 ? "negative" : "positive"} />
          <span className={css.value} title={says ?? formatPrecise(value)}>
            {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
