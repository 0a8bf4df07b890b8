import { useQuery } from "@tanstack/react-query";
import { artifactTable } from "../../api/runs";
import type { Run, TablePage } from "../../api/types";
import { fileVersion } from "./files";

/** More would be no reading. */
const ROWS = 1000;

/** The first rows of one of a run's tables; undefined until they are here, and where there is no such table. */
export function useRows(run: Run, name: string, sort = ""): TablePage | undefined {
  const path = `tables/${name}.parquet`;
  const there = run.artifacts.some((artifact) => artifact.path === path);
  const file = { run: run.row.id, path, version: fileVersion(run, path) };
  return useQuery({ ...artifactTable(file, sort, 0, ROWS), enabled: there }).data;
}
