/** What the colours of a heatmap or a strip mean: name, unit, ends of the scale, and a marker at the hovered value. */
import type { Ref } from "react";
import { classes } from "../lib/classes";
import { type ColorTable, entryOf } from "../lib/color";
import { formatPrecise, formatSigned, formatTick, scaleName } from "../lib/format";
import { type Domain, scaleTo } from "../lib/lens";
import css from "./Legend.module.css";

export interface LegendProps {
  /** What is coloured: "probability of the likeliest". */
  title: string;
  /** Defaults to none. */
  unit?: string;
  /** What is subtracted from what. Defaults to none. */
  difference?: string;
  domain: Domain;
  /** Colours from the low end to the high end, or "highlight" for the strip's one hue. */
  table: ColorTable | "highlight";
  /** Both ends carry a sign. Defaults to false. */
  signed?: boolean;
  /** Values beyond the ends are drawn as the ends. Defaults to false. */
  clipped?: boolean;
  /** Show how missing values look. Defaults to false. */
  missing?: boolean;
  /** A value to mark on the scale. Defaults to none. */
  marker?: number | null;
  /** The marker's element, for callers that move it at the pointer's pace with `placeMarker`. */
  markerRef?: Ref<HTMLSpanElement>;
}

/** Moves a legend's marker to a value without a render; null or NaN hides it. */
export function placeMarker(marker: HTMLSpanElement | null, domain: Domain, value: number | null): void {
  if (!marker) return;
  const place = value === null ? Number.NaN : scaleTo(domain)(value);
  marker.hidden = Number.isNaN(place);
  if (!marker.hidden) marker.style.left = `${place * 100}%`;
}

function gradient(table: ColorTable): string {
  const stops = table.css.filter((_, index) => index % 17 === 0);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

export function Legend(props: LegendProps) {
  const { title, unit = "", difference, domain, table, signed = false, clipped = false, marker = null } = props;
  const place = marker === null ? Number.NaN : scaleTo(domain)(marker);
  const end = (value: number) => (signed ? formatSigned(value, 3) : formatTick(Math.round(value * 1000) / 1000));
  const beyond = clipped || domain.chosen;
  const [below, above] = domain.from <= domain.to ? ["≤ ", "≥ "] : ["≥ ", "≤ "];
  const color = entryOf(place) < 0 || table === "highlight" ? undefined : table.css[entryOf(place)];
  return (
    <div className={css.legend}>
      <span className={css.title}>{scaleName(title, unit, difference)}</span>
      <span className={css.ruler}>
        <span className={css.end} title={formatPrecise(domain.from)}>
          {beyond && below}
          {end(domain.from)}
        </span>
        <span
          className={classes(css.scale, table === "highlight" && (signed ? css.signedHighlight : css.highlight))}
          style={table === "highlight" ? {} : { background: gradient(table) }}
        >
          <span
            ref={props.markerRef}
            hidden={Number.isNaN(place)}
            className={css.marker}
            style={{ left: `${place * 100}%`, background: color }}
          />
        </span>
        <span className={css.end} title={formatPrecise(domain.to)}>
          {beyond && above}
          {end(domain.to)}
        </span>
      </span>
      {domain.log && <span className={css.note}>log scale</span>}
      {domain.fitted && !signed && <span className={css.note}>fit to view</span>}
      {domain.widened && <span className={css.note}>widened to the largest value</span>}
      {domain.chosen && <span className={css.note}>chosen scale</span>}
      {clipped && <span className={css.note}>clipped at the 99.5th percentile</span>}
      {props.missing && (
        <span className={css.note}>
          <span className={css.missing} aria-hidden="true" /> no value
        </span>
      )}
    </div>
  );
}
