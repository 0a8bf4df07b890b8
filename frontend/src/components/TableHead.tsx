// biome-ignore-all lint/a11y/useSemanticElements: rows of a windowed table are no table rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the scroller has the focus and says which row it is on.
/** The head of a table: what its columns are called, and which of them sorts it. */
import { ArrowDown, ArrowUp } from "lucide-react";
import type { CSSProperties } from "react";
import { classes } from "../lib/classes";
import css from "./DataTable.module.css";
import type { Column } from "./tableColumns";

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

interface HeadProps<R> {
  columns: readonly Column<R>[];
  style: CSSProperties;
  /** Rows can be selected. */
  selectable: boolean;
  sort?: string;
  desc: boolean;
  onSort?: (key: string, desc: boolean) => void;
}

export function TableHead<R>({ columns, style, selectable, sort, desc, onSort }: HeadProps<R>) {
  return (
    <div role="row" aria-rowindex={1} className={classes(css.row, css.head)} style={style}>
      {selectable && (
        <span role="columnheader" className={css.check}>
          <span className="visually-hidden">Selected</span>
        </span>
      )}
      {columns.map((column) => (
        <Header key={column.key} {...{ column, sort, desc, onSort }} />
      ))}
    </div>
  );
}
