import { QueryClient, QueryClientProvider, queryOptions } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { useNewest } from "./useNewest";

test("one question is on its way at a time, and of those that wait only the newest is asked", async () => {
  const asked: number[] = [];
  const answers: ((answer: string) => void)[] = [];
  const query = (n: number) =>
    queryOptions({
      queryKey: ["n", n],
      queryFn: () => {
        asked.push(n);
        return new Promise<string>((resolve) => answers.push(resolve));
      },
      staleTime: Number.POSITIVE_INFINITY,
    });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, rerender } = renderHook(({ n }) => useNewest(n, query), { wrapper, initialProps: { n: 1 } });
  for (const n of [2, 3, 4]) rerender({ n });
  expect(asked).toEqual([1]);
  await act(async () => answers[0]?.("one"));
  await waitFor(() => expect(asked).toEqual([1, 4]));
  expect(result.current).toMatchObject({ data: "one", answers: 1, waits: true });
  await act(async () => answers[1]?.("four"));
  await waitFor(() => expect(result.current).toMatchObject({ data: "four", answers: 4, waits: false }));
  rerender({ n: 1 });
  await waitFor(() => expect(result.current).toMatchObject({ data: "one", waits: false }));
  expect(asked).toEqual([1, 4]);
});

test("what was refused holds nothing up", async () => {
  const query = (n: number) =>
    queryOptions({
      queryKey: ["r", n],
      queryFn: async () => {
        if (n === 1) throw new Error("no");
        return n;
      },
      retry: false,
    });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, rerender } = renderHook(({ n }) => useNewest(n, query), { wrapper, initialProps: { n: 1 } });
  await waitFor(() => expect(result.current.error?.message).toBe("no"));
  rerender({ n: 2 });
  await waitFor(() => expect(result.current).toMatchObject({ data: 2, error: null }));
});
