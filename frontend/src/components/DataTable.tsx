// biome-ignore-all lint/a11y/useSemanticElements: rows of a windowed table are no table rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the scroller has the focus and says which row it is on.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the scroller takes the keys.
/**
 * A table of any number of rows: only those in view are drawn, pages of them are asked for as they come into view.
 *
 * The server sorts and filters. The scroller takes the keyboard: arrows, Page Up and Down, Home and End move the row,
 * Enter opens it, Space selects it, Ctrl+C copies.
 */
import { Menu } from "@mantine/core";
import { ArrowDown, ArrowUp, Columns3, Copy } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { classes } from "../lib/classes";
import { type ColumnText, PAGE_ROWS, pagesOf, tsvOf } from "../lib/rows";
import css from "./DataTable.module.css";
import { ToolButton } from "./ToolButton";
import { useBigRows } from "./useBigRows";
import { useRowPx } from "./useRowPx";

export interface Column<R> extends ColumnText<R> {
  /** What a cell shows. Defaults to the text. */
  cell?: (row: R) => ReactNode;
  /** Least width in CSS pixels. Defaults to 90. */
  width?: number;
  /** Share of the room that is left. Defaults to 0. */
  grow?: number;
  /** Right-aligned, monospaced. Defaults to false. */
  number?: boolean;
  /** The server sorts by it. Defaults to false. */
  sorts?: boolean;
  /** Explains the header. Defaults to none. */
  says?: string;
}

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

const DEFAULT_WIDTH = 90;
const CHECK_PX = 32;

function tracksOf(columns: readonly Column<never>[], selectable: boolean): CSSProperties {
  const tracks = columns.map(({ width = DEFAULT_WIDTH, grow }) =>
    grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`,
  );
  const least = columns.reduce((sum, { width = DEFAULT_WIDTH }) => sum + width, selectable ? CHECK_PX : 0);
  return { gridTemplateColumns: [...(selectable ? [`${CHECK_PX}px`] : []), ...tracks].join(" "), minWidth: least };
}

interface HeaderProps<R> {
  column: Column<R>;
  sort?: string;
  desc: boolean;
  onSort?: (key: string, desc: boolean) => void;
}

function Header<R>({ column: { key, title, number, sorts, says }, sort, desc, onSort }: HeaderProps<R>) {
  const now = sort === key ? (desc ? "descending" : "ascending") : undefined;
  const style = classes(css.title, number && css.number);
  const Arrow = desc ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={sorts ? (now ?? "none") : undefined} title={says}>
      {sorts && onSort ? (
        // What is biggest or latest is wanted first; the second click turns it round.
        <button type="button" className={style} onClick={() => onSort(key, sort === key ? !desc : Boolean(number))}>
          {title}
          {now && <Arrow size={12} aria-hidden />}
        </button>
      ) : (
        <span className={style}>{title}</span>
      )}
    </div>
  );
}

interface RowProps<R> {
  row: R | undefined;
  index: number;
  columns: readonly Column<R>[];
  style: CSSProperties;
  active: boolean;
  selected: boolean | undefined;
  label: string;
  act: () => void;
  open?: () => void;
  select?: () => void;
}

function Row<R>({ row, index, columns, style, active, selected, label, act, open, select }: RowProps<R>) {
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
          {row === undefined ? <span className={css.waiting} /> : cell ? cell(row) : <bdi>{text(row)}</bdi>}
        </span>
      ))}
    </div>
  );
}

export function DataTable<R>(props: DataTableProps<R>) {
  const { label, columns, count, rowsAt, onPages, keyOf, selected, onSelect, onOpen, onCopy, desc = false } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = useRowPx();
  const rows = useBigRows(scroller, count, rowPx, rowPx);
  const [own, setOwn] = useState<number | null>(null);
  const active = props.active === undefined ? own : props.active;
  const shown = columns.filter(({ key }) => props.shown?.includes(key) ?? true);
  const style = { ...tracksOf(shown, selected !== undefined), height: rowPx };
  const rowAt = (index: number): R | undefined => rowsAt(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  const pages = pagesOf(rows.first, rows.last).join(",");
  const { scrollToRow, showRow } = rows;

  const tell = useRef(onPages);
  useEffect(() => {
    tell.current = onPages;
  });
  useEffect(() => {
    if (pages) tell.current(pages.split(",").map(Number));
  }, [pages]);
  // A page that is opened at a row, as Back does, shows it.
  const opened = useRef(props.active ?? null);
  useEffect(() => {
    if (opened.current === null || count === 0) return;
    showRow(opened.current);
    opened.current = null;
  }, [count, showRow]);
  const of = useRef(props.of);
  useEffect(() => {
    if (of.current === props.of) return;
    of.current = props.of;
    scrollToRow(0);
    setOwn(null);
  }, [props.of, scrollToRow]);

  const move = (index: number) => {
    const to = Math.max(0, Math.min(count - 1, index));
    setOwn(to);
    showRow(to);
    props.onActive?.(to, rowAt(to));
  };
  const act = (index: number) => {
    setOwn(index);
    props.onActive?.(index, rowAt(index));
  };
  const copy = (rowsToCopy: readonly R[]) =>
    onCopy?.(tsvOf(shown, rowsToCopy), `Copied ${rowsToCopy.length} ${rowsToCopy.length === 1 ? "row" : "rows"}.`);
  const here = (): R[] => Array.from({ length: Math.ceil(count / PAGE_ROWS) }, (_, page) => rowsAt(page) ?? []).flat();
  const wanted = (): R[] => {
    const chosen = here().filter((row) => selected?.has(keyOf(row)));
    const current = active === null ? undefined : rowAt(active);
    return chosen.length > 0 ? chosen : current ? [current] : [];
  };

  const pressed = (event: KeyboardEvent) => {
    // A link or a box inside has keys of its own.
    if (event.target !== scroller.current || event.altKey || count === 0) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1);
    const from = active ?? -1;
    const current = active === null ? undefined : rowAt(active);
    const keys: Record<string, () => void> =
      event.ctrlKey || event.metaKey
        ? { c: () => wanted().length > 0 && copy(wanted()) }
        : {
            ArrowDown: () => move(from + (event.shiftKey ? 10 : 1)),
            ArrowUp: () => move(from - (event.shiftKey ? 10 : 1)),
            PageDown: () => move(from + page),
            PageUp: () => move(from - page),
            Home: () => move(0),
            End: () => move(count - 1),
            Enter: () => current !== undefined && active !== null && onOpen?.(current, active),
            " ": () => current !== undefined && onSelect?.(keyOf(current), current),
          };
    const does = keys[event.key];
    if (!does || (event.key === "c" && String(window.getSelection()) !== "")) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  };

  const current = active === null ? undefined : rowAt(active);
  return (
    <div className={css.frame}>
      {(props.children || onCopy || props.onShown) && (
        <div className={css.bar}>
          {props.children}
          <span className={css.tools}>
            {props.onShown && <ColumnChoice columns={columns} shown={shown} onShown={props.onShown} />}
            {onCopy && (
              <ToolButton
                label={
                  selected && selected.size > 0 ? "Copy the selected rows as TSV" : "Copy the rows that are here as TSV"
                }
                onClick={() => copy(selected && selected.size > 0 ? wanted() : here())}
              >
                <Copy size={13} />
              </ToolButton>
            )}
          </span>
        </div>
      )}
      <div
        ref={scroller}
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
        <div role="row" aria-rowindex={1} className={classes(css.row, css.head)} style={style}>
          {selected && (
            <span role="columnheader" className={css.check}>
              <span className="visually-hidden">Selected</span>
            </span>
          )}
          {shown.map((column) => (
            <Header key={column.key} column={column} sort={props.sort} desc={desc} onSort={props.onSort} />
          ))}
        </div>
        <div role="rowgroup" className={css.spacer} style={{ height: rows.spacerPx, minWidth: style.minWidth }}>
          <div role="presentation" className={css.window} style={{ transform: `translateY(${rows.y}px)` }}>
            {Array.from({ length: rows.last - rows.first + 1 }, (_, i) => rows.first + i).map((index) => {
              const row = rowAt(index);
              const key = row === undefined ? undefined : keyOf(row);
              return (
                <Row
                  key={index}
                  row={row}
                  index={index}
                  columns={shown}
                  style={style}
                  active={index === active}
                  selected={selected && key !== undefined ? selected.has(key) : selected && false}
                  label={`Select row ${index + 1}`}
                  act={() => act(index)}
                  open={row === undefined ? undefined : () => onOpen?.(row, index)}
                  select={row === undefined || key === undefined ? undefined : () => onSelect?.(key, row)}
                />
              );
            })}
          </div>
        </div>
        {count === 0 && props.empty && <div className={css.empty}>{props.empty}</div>}
      </div>
      <span className="visually-hidden" aria-live="polite">
        {active !== null && current !== undefined
          ? `Row ${active + 1} of ${count}: ${shown.map(({ title, text }) => `${title} ${text(current) ?? "–"}`).join(", ")}`
          : ""}
      </span>
    </div>
  );
}

interface ChoiceProps<R> {
  columns: readonly Column<R>[];
  shown: readonly Column<R>[];
  onShown: (keys: readonly string[]) => void;
}

function ColumnChoice<R>({ columns, shown, onShown }: ChoiceProps<R>) {
  const keys = new Set(shown.map(({ key }) => key));
  const toggle = (key: string) =>
    onShown(columns.filter((column) => keys.has(column.key) !== (column.key === key)).map((column) => column.key));
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ToolButton label="Columns">
          <Columns3 size={13} />
        </ToolButton>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ key, title }) => (
          <Menu.CheckboxItem
            key={key}
            checked={keys.has(key)}
            // The last one stays: a table without columns shows nothing to bring one back with.
            disabled={keys.has(key) && keys.size === 1}
            onChange={() => toggle(key)}
          >
            {title}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
