/** Recordings that runs here have made, for the fields that ask for one. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { run, runs } from "../../api/runs";
import type { Run } from "../../api/types";

/** Of so many runs, the latest first. */
const RUNS = 20;

/** Where recordings lie, each once. */
export const recordingsOf = (of: readonly Pick<Run, "made">[]): string[] => [
  ...new Set(of.flatMap(({ made }) => made.filter(({ what }) => what === "recording").map(({ path }) => path))),
];

/** Their paths; undefined until they are known, or where nobody `asks`. */
export function useRecordings(asks: boolean): readonly string[] | undefined {
  const listed = useQuery({
    ...runs({ family: "record_activations", status: "succeeded" }, 0, RUNS),
    enabled: asks,
  });
  const found = useQueries({ queries: (listed.data?.rows ?? []).map(({ id }) => run(id)) });
  if (!listed.data || found.some(({ isPending }) => isPending)) return undefined;
  return recordingsOf(found.flatMap(({ data }) => (data ? [data] : [])));
}
