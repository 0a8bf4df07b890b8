/** A Parquet file as a table: sorted by any column, fetched as it is scrolled. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { artifactTable, type FileOf } from "../../api/runs";
import { type Column, DataTable } from "../../components/DataTable";
import { TroubleNote, Waiting } from "../../components/States";
import { formatNumber, formatPrecise } from "../../lib/format";
import { PAGE_ROWS } from "../../lib/rows";
import { copyText } from "../-shell/copy";
import { usePages } from "../-shell/usePages";
import { counted } from "../-shell/words";
import { tableHeight } from "./files";

type TableRow = readonly unknown[];

const shownCell = (value: unknown): string => {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? formatNumber(value, 4) : typeof value === "string" ? value : JSON.stringify(value);
};
const NUMERIC = /INT|FLOAT|DOUBLE|DECIMAL|REAL/i;

export function TableFile({ file }: { file: FileOf }) {
  const [{ key, desc }, setSort] = useState({ key: "", desc: false });
  const sort = key && `${desc ? "-" : ""}${key}`;
  const query = (page: number) => artifactTable(file, sort, page, PAGE_ROWS);
  const { data, error, refetch } = useQuery(query(0));
  const pages = usePages(query);
  const trouble = useTrouble(error ?? pages.error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (!data) return <Waiting what="Reading the table…" />;
  const columns: Column<TableRow>[] = data.columns.map((name, at) => {
    const type = data.types[at] ?? "";
    const number = NUMERIC.test(type) && !type.includes("[]");
    return {
      key: name,
      title: name,
      says: type,
      sorts: true,
      number,
      width: number ? 100 : 160,
      grow: number ? 0 : 1,
      text: (row) => (typeof row[at] === "number" ? Number(row[at]) : row[at] === null ? null : shownCell(row[at])),
      cell: (row) => (
        <span title={typeof row[at] === "number" ? formatPrecise(Number(row[at])) : shownCell(row[at])}>
          {shownCell(row[at])}
        </span>
      ),
    };
  });
  return (
    <div style={{ height: tableHeight(data.total) }}>
      <DataTable
        label={file.path}
        columns={columns}
        count={data.total}
        rowsAt={pages.rowsAt}
        onPages={pages.onPages}
        keyOf={(row) => JSON.stringify(row)}
        sort={key}
        desc={desc}
        onSort={(by, down) => setSort({ key: by, desc: down })}
        onCopy={copyText}
        of={sort}
        empty="The table has no rows."
      >
        {counted(data.total, "row")}, {counted(data.columns.length, "column")}
      </DataTable>
    </div>
  );
}
