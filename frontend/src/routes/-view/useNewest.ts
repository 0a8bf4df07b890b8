/** Answers to what changes faster than it can be answered: a slider that is dragged, a text that is typed. */
import { hashKey, keepPreviousData, type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";

/**
 * One question is on its way at a time; of those that come meanwhile the newest is asked next, and the others never.
 * The last answer stays until another is there.
 */
export function useNewest<Q, A, K extends QueryKey>(
  question: Q,
  queryOf: (question: Q) => UseQueryOptions<A, Error, A, K>,
) {
  const [asked, setAsked] = useState(question);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    ...queryOf(asked),
    placeholderData: keepPreviousData,
  });
  const [answered, setAnswered] = useState(question);
  const here = data !== undefined && !isPlaceholderData;
  if (here && answered !== asked) setAnswered(asked);
  const behind = hashKey(queryOf(asked).queryKey) !== hashKey(queryOf(question).queryKey);
  if (behind && !isFetching) setAsked(question);
  return {
    data,
    error,
    refetch,
    /** What `data` answers. */
    answers: here ? asked : answered,
    /** What is shown is not yet what was asked. */
    waits: behind || isPlaceholderData,
  };
}
