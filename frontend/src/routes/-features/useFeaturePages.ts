/** The pages of a dictionary's table that are in view. */
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type FeatureQuestion, featurePage } from "../../api/features";
import type { Dictionary, FeatureRow } from "../../api/types";

export interface FeaturePages {
  /** Rows that the filters let through; undefined until the first page is there. */
  total: number | undefined;
  dictionary: Dictionary | undefined;
  /** Fields that this dictionary can fill. */
  columns: readonly string[] | undefined;
  rowsAt: (page: number) => readonly FeatureRow[] | undefined;
  onPages: (pages: readonly number[]) => void;
  error: Error | null;
  refetch: () => void;
}

export function useFeaturePages(question: FeatureQuestion): FeaturePages {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<readonly number[]>([0]);
  // The first page tells how many there are: while another order is on its way, the old number keeps the table's height.
  const first = useQuery({ ...featurePage(question, 0), placeholderData: (before) => before });
  const rest = useQueries({ queries: wanted.map((page) => featurePage(question, page)) });
  const failed = rest.find(({ error }) => error);
  return {
    total: first.data?.total,
    dictionary: first.data?.dictionary,
    columns: first.data?.columns,
    rowsAt: (page) => client.getQueryData(featurePage(question, page).queryKey)?.rows,
    onPages: setWanted,
    error: first.error ?? failed?.error ?? null,
    refetch: () => [first, ...rest].forEach((query) => void query.refetch()),
  };
}
