/** What stands over a table: what its page puts there, the choice of columns, and a copy of its rows. */
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { ColumnChoice } from "./ColumnChoice";
import css from "./DataTable.module.css";
import { ToolButton } from "./ToolButton";
import type { Column } from "./tableColumns";

interface BarProps<R> {
  columns: readonly Column<R>[];
  shown: readonly Column<R>[];
  onShown?: (keys: readonly string[]) => void;
  /** Without it nothing is copied. */
  copy?: () => void;
  /** The selected rows are copied, and not those that are here. */
  some: boolean;
  children?: ReactNode;
}

export function TableBar<R>({ columns, shown, onShown, copy, some, children }: BarProps<R>) {
  if (!children && !copy && !onShown) return null;
  return (
    <div className={css.bar}>
      {children}
      <span className={css.tools}>
        {onShown && <ColumnChoice {...{ columns, shown, onShown }} />}
        {copy && (
          <ToolButton
            label={some ? "Copy the selected rows as TSV" : "Copy the rows that are here as TSV"}
            onClick={copy}
          >
            <Copy size={13} />
          </ToolButton>
        )}
      </span>
    </div>
  );
}
