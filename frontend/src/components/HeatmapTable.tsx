/** The cells of a heatmap as a table of text, 40 tokens at a time: a row per token, a column per layer. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { classes } from "../lib/classes";
import { formatSigned, formatTick } from "../lib/format";
import type { HeatmapCell, HeatmapModel } from "../lib/heatmap";
import { at, layerLabel } from "../lib/lens";
import css from "./HeatmapTable.module.css";

export interface HeatmapTableProps {
  model: HeatmapModel;
  label: (id: number) => string;
  title: string;
  /** Layer indices in the order of the columns. */
  rows: readonly number[];
  /** Selected position. Defaults to none. */
  position?: number | null;
  onSelect: (cell: HeatmapCell) => void;
  /** `t`: back to the picture. */
  onClose: () => void;
}

const PAGE = 40;

export function HeatmapTable({ model, label, title, rows, position = null, onSelect, onClose }: HeatmapTableProps) {
  const { grid, values } = model;
  const count = grid.positions.length;
  const selected = position === null ? -1 : grid.positions.indexOf(position);
  const [start, setStart] = useState(Math.floor(Math.max(0, selected) / PAGE) * PAGE);
  const end = Math.min(count, start + PAGE);
  const shown = (value: number) =>
    Number.isNaN(value) ? "–" : model.difference ? formatSigned(value, 3) : formatTick(Number(value.toPrecision(3)));
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
    onClose();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={css.panel}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={css.scroller} data-body tabIndex={0} aria-label={`${title}, table`} onKeyDown={pressed}>
        <table className={css.table}>
          <caption className="visually-hidden">
            {title}: likeliest token and {model.title} per layer
          </caption>
          <thead>
            <tr>
              <th scope="col">Position</th>
              <th scope="col">Token</th>
              {rows.map((index) => (
                <th key={index} scope="col">
                  {layerLabel(grid.layers[index] ?? "embed")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {grid.positions.slice(start, end).map((place, i) => {
              const column = start + i;
              return (
                <tr key={place} className={classes(column === selected && css.selected)}>
                  <td className={css.number}>{place}</td>
                  <th scope="row">
                    <bdi>{label(at(grid.tokens, column))}</bdi>
                  </th>
                  {rows.map((index) => {
                    const cell = index * count + column;
                    const value = at(values, cell);
                    return (
                      <td key={index}>
                        <button
                          type="button"
                          className={css.cell}
                          onClick={() => onSelect({ layer: grid.layers[index] ?? "embed", position: place })}
                        >
                          <bdi>{Number.isNaN(value) ? "" : label(at(grid.ids, cell))}</bdi>
                          <span className={css.value}>{shown(value)}</span>
                        </button>
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {count > PAGE && (
        <p className={css.pager}>
          <button
            type="button"
            aria-label="Earlier tokens"
            disabled={start === 0}
            onClick={() => setStart(Math.max(0, start - PAGE))}
          >
            <ChevronLeft size={14} />
          </button>
          tokens {start + 1} to {end} of {count}
          <button
            type="button"
            aria-label="Later tokens"
            disabled={end >= count}
            onClick={() => setStart(start + PAGE)}
          >
            <ChevronRight size={14} />
          </button>
        </p>
      )}
    </div>
  );
}
