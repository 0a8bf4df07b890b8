// biome-ignore-all lint/a11y/useSemanticElements: rows of a windowed table are no table rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the scroller has the focus and says which row it is on.
/**
 * A table of any number of rows: only those in view are drawn, pages of them are asked for as they come into view.
 *
 * The server sorts and filters. The scroller takes the keyboard: arrows, Page Up and Down, Home and End move the row,
 * Enter opens it, Space selects it, Ctrl+C copies.
 */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { PAGE_ROWS, pagesOf, tsvOf } from "../lib/rows";
import css from "./DataTable.module.css";
import { TableBar } from "./TableBar";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import { type Column, tracksOf } from "./tableColumns";
import { deedOf } from "./tableKeys";
import { useBigRows } from "./useBigRows";
import { useRowPx } from "./useRowPx";
import { useTableRow } from "./useTableRow";

export type { Column } from "./tableColumns";

export interface DataTableProps<R> {
  /** Names the table to screen readers. */
  label: string;
  columns: readonly Column<R>[];
  /** Rows in all. */
  count: number;
  /** Rows of page `page`, 200 of them but for the last; undefined while they are on their way. */
  rowsAt: (page: number) => readonly R[] | undefined;
  /** Pages that are in view now: fetch them. */
  onPages: (pages: readonly number[]) => void;
  /** Names a row for selection. */
  keyOf: (row: R) => string;
  /** Column that the rows are sorted by. */
  sort?: string;
  /** Defaults to ascending. */
  desc?: boolean;
  onSort?: (key: string, desc: boolean) => void;
  /** Keys of the columns that are shown. Defaults to all. */
  shown?: readonly string[];
  /** Offers a choice of columns. */
  onShown?: (keys: readonly string[]) => void;
  /** Index of the row that the keyboard is on. Defaults to none. */
  active?: number | null;
  onActive?: (index: number, row: R | undefined) => void;
  /** Enter or a double click. */
  onOpen?: (row: R, index: number) => void;
  /** Keys of selected rows; without it there is nothing to select. */
  selected?: ReadonlySet<string>;
  onSelect?: (key: string, row: R) => void;
  /** Takes the rows as TSV: the selected ones, else those that are here. */
  onCopy?: (tsv: string, says: string) => void;
  /** Another value begins at the top again: the filters and the sorting, in words. */
  of?: string;
  /** Stands where rows would. */
  empty?: ReactNode;
  /** Left of the table's own tools. */
  children?: ReactNode;
}

let mounted = 0;

export function DataTable<R>(props: DataTableProps<R>) {
  const { label, columns, count, rowsAt, onPages, keyOf, selected, onSelect, onOpen, onCopy, desc = false } = props;
  const scroller = useRef<HTMLDivElement>(null);
  // Where the page says the row, the router must not put back the pixels: of a long table they are other rows. It finds
  // no scroller of a name that none had before.
  const [name] = useState(() => `table-${++mounted}`);
  const rowPx = useRowPx();
  const rows = useBigRows(scroller, count, rowPx, rowPx);
  const rowAt = (index: number): R | undefined => rowsAt(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  const at = useTableRow({ count, rowAt, active: props.active, onActive: props.onActive, of: props.of }, rows);
  const { active, current } = at;
  const shown = columns.filter(({ key }) => props.shown?.includes(key) ?? true);
  const style = { ...tracksOf(shown, selected !== undefined), height: rowPx };
  useAsked(pagesOf(rows.first, rows.last), onPages);

  const copy = (of: readonly R[]) =>
    onCopy?.(tsvOf(shown, of), `Copied ${of.length} ${of.length === 1 ? "row" : "rows"}.`);
  const here = (): R[] => Array.from({ length: Math.ceil(count / PAGE_ROWS) }, (_, page) => rowsAt(page) ?? []).flat();
  const chosen = (): R[] => here().filter((row) => selected?.has(keyOf(row)));
  const some = selected !== undefined && selected.size > 0;
  const copyWanted = () => {
    const those = chosen();
    const wanted = those.length > 0 ? those : current === undefined ? [] : [current];
    if (wanted.length > 0) copy(wanted);
  };
  const pressed = (event: KeyboardEvent) => {
    // A link or a box inside has keys of its own.
    if (event.target !== scroller.current || event.altKey || count === 0) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1);
    const select = onSelect && ((row: R) => onSelect(keyOf(row), row));
    const does = deedOf(event, at, { count, page, open: onOpen, select, copy: copyWanted });
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  };
  const drawn = (index: number) => {
    const row = rowAt(index);
    const key = row === undefined ? undefined : keyOf(row);
    return (
      <TableRow
        key={index}
        {...{ row, index, style }}
        columns={shown}
        active={index === active}
        selected={selected && key !== undefined ? selected.has(key) : selected && false}
        label={`Select row ${index + 1}`}
        act={() => at.act(index)}
        open={row === undefined ? undefined : () => onOpen?.(row, index)}
        select={row === undefined || key === undefined ? undefined : () => onSelect?.(key, row)}
      />
    );
  };

  return (
    <div className={css.frame}>
      <TableBar
        {...{ columns, shown, some }}
        onShown={props.onShown}
        copy={onCopy && (() => (some ? copyWanted() : copy(here())))}
      >
        {props.children}
      </TableBar>
      <div
        ref={scroller}
        data-scroll-restoration-id={typeof props.active === "number" ? name : undefined}
        role="table"
        aria-label={label}
        aria-rowcount={count + 1}
        aria-colcount={shown.length + (selected ? 1 : 0)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
        className={css.scroller}
        onScroll={rows.onScroll}
        onKeyDown={pressed}
      >
        <TableHead
          {...{ style, desc }}
          columns={shown}
          selectable={selected !== undefined}
          sort={props.sort}
          onSort={props.onSort}
        />
        <div role="rowgroup" className={css.spacer} style={{ height: rows.spacerPx, minWidth: style.minWidth }}>
          <div role="presentation" className={css.window} style={{ transform: `translateY(${rows.y}px)` }}>
            {Array.from({ length: rows.last - rows.first + 1 }, (_, i) => drawn(rows.first + i))}
          </div>
        </div>
        {count === 0 && props.empty && (
          // A table's children are rows: what it says, and a button in it, is a cell of one.
          <div role="row" className={css.empty}>
            <div role="cell">{props.empty}</div>
          </div>
        )}
      </div>
      <span className="visually-hidden" aria-live="polite">
        {active !== null && current !== undefined
          ? `Row ${active + 1} of ${count}: ${shown.map(({ title, text }) => `${title} ${text(current) ?? "–"}`).join(", ")}`
          : ""}
      </span>
    </div>
  );
}

/** Asks for the pages that have come into view, once each time that they do. */
function useAsked(pages: readonly number[], onPages: (pages: readonly number[]) => void) {
  const tell = useRef(onPages);
  useEffect(() => {
    tell.current = onPages;
  });
  const written = pages.join(",");
  useEffect(() => {
    if (written) tell.current(written.split(",").map(Number));
  }, [written]);
}
