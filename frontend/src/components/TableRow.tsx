// biome-ignore-all lint/a11y/useSemanticElements: rows of a windowed table are no table rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the scroller has the focus and says which row it is on.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the scroller takes the keys.
/** One row of a table; placeholders as long as it is on its way. */
import type { CSSProperties } from "react";
import { classes } from "../lib/classes";
import css from "./DataTable.module.css";
import type { Column } from "./tableColumns";

interface RowProps<R> {
  row: R | undefined;
  index: number;
  columns: readonly Column<R>[];
  style: CSSProperties;
  /** The keyboard is on it. */
  active: boolean;
  /** Undefined where rows are not selected. */
  selected: boolean | undefined;
  /** Names its box to screen readers. */
  label: string;
  act: () => void;
  open?: () => void;
  select?: () => void;
}

export function TableRow<R>({ row, index, columns, style, active, selected, label, act, open, select }: RowProps<R>) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes(css.row, css.body)}
      style={style}
      data-active={active}
      // A link inside that leads elsewhere has taken the click: what the page would do with the row comes too late.
      onClick={(event) => !event.defaultPrevented && act()}
      onDoubleClick={open}
    >
      {selected !== undefined && (
        <span role="cell" className={classes(css.cell, css.check)}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={label}
            checked={selected}
            disabled={!row}
            onChange={select}
          />
        </span>
      )}
      {columns.map(({ key, number, cell, text }) => (
        <span key={key} role="cell" className={classes(css.cell, number && css.number)}>
          {row === undefined ? <span className={css.waiting} /> : cell ? cell(row, index) : <bdi>{text(row)}</bdi>}
        </span>
      ))}
    </div>
  );
}
