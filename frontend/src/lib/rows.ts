/** What a table of rows is made of, and the same rows as text. */
import { type Field, toTsv } from "./exportData";

export interface ColumnText<R> {
  key: string;
  /** In the header, with the unit where there is one. */
  title: string;
  /** What a copy holds: numbers with all their digits. */
  text: (row: R) => Field;
}

/** Rows as tab-separated lines with a header, for a spreadsheet. */
export const tsvOf = <R>(columns: readonly ColumnText<R>[], rows: readonly R[]): string =>
  toTsv({ columns: columns.map(({ title }) => title), rows: rows.map((row) => columns.map(({ text }) => text(row))) });

/** Rows of one page: what a route asks for at once. */
export const PAGE_ROWS = 200;

/** Pages that hold any row from `first` to `last`, inclusive. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / PAGE_ROWS);
  const to = Math.floor(last / PAGE_ROWS);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
