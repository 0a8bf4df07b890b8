/** A KL divergence in nats beside those of its controls, each a dot on a line from 0. */
import { formatKl, formatPrecise, withUnit } from "../lib/format";
import css from "./ControlDots.module.css";

interface Props {
  value: number;
  controls: readonly number[];
  /** What they are, in words that need no picture. */
  says: string;
  /** What the line ends at. Defaults to the greatest of them. */
  most?: number;
  /** Which of two changes it is. Defaults to a single one. */
  of?: "A" | "B";
}

export function ControlDots({ value, controls, says, most = Math.max(value, ...controls), of = "A" }: Props) {
  const left = (one: number) => `${most > 0 ? (one / most) * 100 : 0}%`;
  const written = (one: number) => withUnit(formatPrecise(one), "nat");
  return (
    <div className={css.frame} role="img" aria-label={says}>
      <div className={css.line}>
        {controls.map((one, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a control is its seed.
          <span key={place} className={css.control} style={{ left: left(one) }} title={`random: ${written(one)}`} />
        ))}
        <span className={css.value} data-of={of} style={{ left: left(value) }} title={written(value)} />
      </div>
      <div className={css.ends}>
        <span>0</span>
        <span>{withUnit(formatKl(most), "nat")}</span>
      </div>
    </div>
  );
}
