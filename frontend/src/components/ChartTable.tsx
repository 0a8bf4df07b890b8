/** The numbers of a picture, in its place. */
import css from "./Chart.module.css";

export interface ChartTableProps {
  /** Of the picture. */
  title: string;
  columns: readonly string[];
  /** One cell for each column; the first one names its row. */
  rows: readonly (readonly string[])[];
  /** The first column has names and not numbers. Defaults to false. */
  named?: boolean;
  /** Said below: of how many these are some. Defaults to nothing. */
  note?: string;
  /** CSS pixels before it scrolls. Defaults to 320. */
  maxHeight?: number;
}

export function ChartTable({ title, columns, rows, named = false, note, maxHeight }: ChartTableProps) {
  return (
    <section
      className={css.table}
      style={{ maxHeight }}
      data-named={named}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label={`${title}, table`}
    >
      <table>
        <thead>
          <tr>
            {columns.map((name, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two curves may be called the same.
              <th key={at} scope="col">
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...cells], row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name.
            <tr key={row}>
              <th scope="row">{first}</th>
              {cells.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor have cells.
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note && <p className={css.n}>{note}</p>}
    </section>
  );
}
