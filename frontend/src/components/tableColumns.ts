/** What a table's columns are, and how wide. */
import type { CSSProperties, ReactNode } from "react";
import type { ColumnText } from "../lib/rows";

export interface Column<R> extends ColumnText<R> {
  /** What a cell shows, of the row that stands at `place` of all. Defaults to the text. */
  cell?: (row: R, place: number) => ReactNode;
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

const DEFAULT_WIDTH = 90;
const CHECK_PX = 32;

/** As a grid: with a narrow first track for the boxes of rows that can be selected. */
export function tracksOf(columns: readonly Column<never>[], selectable: boolean): CSSProperties {
  const tracks = columns.map(({ width = DEFAULT_WIDTH, grow }) =>
    grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`,
  );
  const least = columns.reduce((sum, { width = DEFAULT_WIDTH }) => sum + width, selectable ? CHECK_PX : 0);
  return { gridTemplateColumns: [...(selectable ? [`${CHECK_PX}px`] : []), ...tracks].join(" "), minWidth: least };
}
