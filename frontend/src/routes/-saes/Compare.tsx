/** Two SAEs side by side: what they are, and what they are worth. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { SaeInfo } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { classes as joined } from "../../lib/classes";
import { formatBytes, formatCount, formatNumber, formatPrecise } from "../../lib/format";
import { type Compared, comparedMeasures, formatMeasure, measured, onSameRows } from "../../lib/saes";
import classes from "./Saes.module.css";

const FACTS: readonly { title: string; of: (sae: SaeInfo) => string }[] = [
  { title: "reads", of: ({ site }) => site || "its files do not say" },
  { title: "kind", of: ({ architecture, k }) => (k === null ? architecture : `${architecture}, k = ${k}`) },
  { title: "features", of: ({ d_sae }) => formatCount(d_sae) },
  { title: "width read", of: ({ d_in }) => formatCount(d_in) },
  { title: "model", of: ({ model_name }) => model_name || "its files do not say" },
  { title: "format", of: ({ format }) => format },
  { title: "size", of: ({ bytes }) => formatBytes(bytes) },
];

const signed = (value: number | undefined): string =>
  value === undefined ? "–" : `${value > 0 ? "+" : ""}${formatNumber(value)}`;

interface Props {
  a: SaeInfo;
  b: SaeInfo;
  stop: () => void;
}

export function Compare({ a, b, stop }: Props) {
  // Errors at two places of a model are of two scales: neither SAE is the better one.
  const alike = a.site === b.site;
  // A difference that three digits do not show makes nobody the better one.
  const told = ({ measure: { key }, a: one, b: other }: Compared) =>
    alike && formatMeasure(key, one) !== formatMeasure(key, other);
  const rows = comparedMeasures(a.metrics, b.metrics).map((row) => (told(row) ? row : { ...row, winner: undefined }));
  const [rowsOfA, rowsOfB] = [a, b].map(({ metrics }) => countOf(measured(metrics, "rows")));
  const [fires, firesToo] = [measured(a.metrics, "l0"), measured(b.metrics, "l0")];
  const name = ({ slug }: SaeInfo): ReactNode => (
    <Link to="/saes/$sae" params={{ sae: slug }}>
      {slug}
    </Link>
  );
  return (
    <section className={classes.compare} aria-label="Side by side">
      <div className={classes.sectionHead}>
        <h2 className="label">Side by side</h2>
        <Button variant="subtle" color="gray" size="compact-xs" onClick={stop}>
          Stop comparing
        </Button>
      </div>
      {!alike && <p className={classes.hint}>They read different places, so no number says which is the better one.</p>}
      {alike && rows.some(({ elsewhere }) => elsewhere) && (
        <p className={classes.hint}>
          Where it says “measured on other rows”, no better one is named: evaluate both on one recording.
        </p>
      )}
      {alike && fires !== undefined && firesToo !== undefined && !closeTo(fires, firesToo) && (
        <p className={classes.hint}>
          {formatNumber(fires)} and {formatNumber(firesToo)} features fire per position: the one with more of them
          explains more by that alone.
        </p>
      )}
      <div className={classes.scrolls}>
        <table className={classes.pairs}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Measure</span>
              </th>
              <th scope="col">{name(a)}</th>
              <th scope="col">{name(b)}</th>
              <th scope="col">difference</th>
            </tr>
          </thead>
          <tbody>
            {rows.length > 0 && (
              <tr data-differs={rowsOfA !== rowsOfB || undefined}>
                <th scope="row" title="Rows of a recording that it was measured on">
                  held-out rows
                </th>
                <td className="num">{rowsOfA}</td>
                <td className="num">{rowsOfB}</td>
                <td className="mute">{onSameRows(a.metrics, b.metrics) ? "same" : "other rows"}</td>
              </tr>
            )}
            {rows.map(({ measure, a: one, b: other, delta, winner, elsewhere }) => (
              <tr key={measure.key}>
                <th scope="row" title={measure.says}>
                  {measure.title}
                </th>
                <td className={joined("num", winner === "a" && classes.better)} title={precise(one)}>
                  {winner === "a" && <span className={classes.mark}>better </span>}
                  {formatMeasure(measure.key, one)}
                </td>
                <td className={joined("num", winner === "b" && classes.better)} title={precise(other)}>
                  {winner === "b" && <span className={classes.mark}>better </span>}
                  {formatMeasure(measure.key, other)}
                </td>
                <td className="num" title={precise(delta)}>
                  {signed(delta)}
                  {alike && elsewhere && <span className="mute"> measured on other rows</span>}
                </td>
              </tr>
            ))}
            {rows.length === 0 && (
              <tr>
                <td colSpan={4} className={classes.none}>
                  Neither was measured yet. Evaluate them on a recording: each report card has a button for it.
                </td>
              </tr>
            )}
            {FACTS.map(({ title, of }) => (
              <tr key={title} data-differs={of(a) !== of(b) || undefined}>
                <th scope="row">{title}</th>
                <td>{of(a)}</td>
                <td>{of(b)}</td>
                <td className="mute">{of(a) === of(b) ? "same" : "differs"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const countOf = (value: number | undefined): string => (value === undefined ? "–" : formatCount(value));

/** Within a tenth of each other. */
const closeTo = (a: number, b: number): boolean => Math.abs(a - b) <= 0.1 * Math.max(a, b);

const precise = (value: number | undefined) => (value === undefined ? undefined : formatPrecise(value));

/** A claim that names nothing. */
export function Missing({ slugs, stop }: { slugs: readonly string[]; stop: () => void }) {
  return (
    <TroubleNote
      trouble={{
        error: `There is no SAE ${slugs.join(" and no SAE ")} here.`,
        next: "Import it, or choose two of the table.",
        status: 404,
      }}
    >
      <Button variant="default" onClick={stop}>
        Stop comparing
      </Button>
    </TroubleNote>
  );
}
