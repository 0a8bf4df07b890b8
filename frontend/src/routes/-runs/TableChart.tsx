import { useQuery } from "@tanstack/react-query";
import { artifactTable } from "../../api/runs";
import type { ChartSpec, Run } from "../../api/types";
import { SpecChart } from "../../components/SpecChart";
import { classes } from "../../lib/classes";
import type { Sheet } from "../../lib/specChart";
import { download } from "../-view/download";
import { asJsonRows, fileVersion } from "./files";
import css from "./Runs.module.css";

/** Rows of a table that a chart draws; more would be ink. */
const CHART_ROWS = 1000;

/** A picture of one of the run's tables, once its rows are here. */
export function TableChart({ run, chart }: { run: Run; chart: ChartSpec }) {
  const path = `tables/${chart.table}.parquet`;
  const there = run.artifacts.some((artifact) => artifact.path === path);
  const file = { run: run.row.id, path, version: fileVersion(run, path) };
  const { data, error } = useQuery({ ...artifactTable(file, "", 0, CHART_ROWS), enabled: there });
  const sheet: Sheet | undefined = data && { columns: data.columns, rows: asJsonRows(data.rows) };
  return (
    <section className={classes(css.card, there && !error && css.coming)} aria-label={chart.title}>
      {sheet ? (
        <SpecChart
          spec={chart}
          sheet={sheet}
          total={data?.total}
          onExport={(svg) => download(svg, `${run.row.id}-${chart.table}.svg`, "image/svg+xml")}
        />
      ) : (
        <p>
          <b>{chart.title}</b>{" "}
          {error ? error.message : there ? "Reading its table…" : `Its table ${path} is not among the run's files.`}
        </p>
      )}
    </section>
  );
}
