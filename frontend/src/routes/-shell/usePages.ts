/** Pages of a long list, fetched as they come into view. */
import { type QueryKey, type UseQueryOptions, useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

interface Page {
  rows: readonly unknown[];
}

export interface Pages<P extends Page> {
  /** For `DataTable`: the rows of a page that is here. */
  rowsAt: (page: number) => P["rows"] | undefined;
  /** For `DataTable`: pages in view. */
  onPages: (pages: readonly number[]) => void;
  /** What went wrong with any of those in view. */
  error: Error | null;
}

/**
 * Args:
 *   page: the query of page `n`, from 0, of as many rows as `lib/rows.ts` says a page has.
 */
export function usePages<P extends Page, K extends QueryKey>(
  page: (n: number) => UseQueryOptions<P, Error, P, K>,
): Pages<P> {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<readonly number[]>([0]);
  // The rows are read from the client's store, which a query does not see: without the names it tells of an error only.
  const results = useQueries({
    queries: wanted.map((n) => ({ ...page(n), notifyOnChangeProps: ["data", "error"] as const })),
  });
  return {
    rowsAt: (n) => client.getQueryData<P>(page(n).queryKey)?.rows,
    onPages: setWanted,
    error: results.find(({ error }) => error)?.error ?? null,
  };
}
