/** Terms and what is so: a description list in the look of the place where it stands. */
import type { ReactNode } from "react";
import css from "./Facts.module.css";

export interface Fact {
  name: string;
  value: ReactNode;
  /** Tooltip. Defaults to none. */
  says?: string | undefined;
  /** Which of the two is written in monospace. Defaults to neither. */
  mono?: "name" | "value";
  /** Before the name: a swatch. Defaults to none. */
  mark?: ReactNode;
}

/** What stands where a fact is not so: `wide && { name: "width", value: wide }`. */
type Absent = false | "" | null | undefined;

/**
 * - `ruled`: a row each, under lines.
 * - `halves`: a row each, names up to two fifths of the width.
 * - `columns`: a row each, names as wide as the longest.
 * - `ends`: a row each, values at the right end.
 * - `chips`: boxes beside one another.
 * - `line`: beside one another.
 * - `figures`: numbers in large under their names.
 */
export type Look = "ruled" | "halves" | "columns" | "ends" | "chips" | "line" | "figures";

export interface FactsProps {
  look: Look;
  facts: readonly (Fact | Absent)[];
  /** Names the list to screen readers. Defaults to nothing: a heading stands above. */
  label?: string;
}

const isThere = (fact: Fact | Absent): fact is Fact => Boolean(fact);

export function Facts({ look, facts, label }: FactsProps) {
  return (
    <dl className={`${css.facts} ${css[look]}`} aria-label={label}>
      {facts.filter(isThere).map(({ name, value, says, mono, mark }) => (
        <div key={name} title={says}>
          <dt className={mono === "name" ? "mono" : undefined}>
            {mark}
            {name}
          </dt>
          <dd className={mono === "value" ? "mono" : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
