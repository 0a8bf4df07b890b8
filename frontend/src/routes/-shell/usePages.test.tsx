import { QueryClient, QueryClientProvider, queryOptions } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { usePages } from "./usePages";

/** Answers that come when the test says so. */
function answers() {
  const waiting = new Map<number, (rows: string[]) => void>();
  const page = (n: number) =>
    queryOptions({
      queryKey: ["page", n],
      queryFn: () => new Promise<{ rows: string[] }>((done) => waiting.set(n, (rows) => done({ rows }))),
    });
  const answer = (n: number) => act(async () => waiting.get(n)?.([`row of ${n}`]));
  return { page, answer };
}

test("a page that comes late is drawn when it comes, also beside one that was there", async () => {
  const { page, answer } = answers();
  let look = (_pages: readonly number[]) => {};
  function List() {
    const { rowsAt, onPages } = usePages(page);
    look = onPages;
    return <p>{[0, 4499, 4500].map((n) => rowsAt(n)?.[0] ?? "waits").join(", ")}</p>;
  }
  render(
    <QueryClientProvider client={new QueryClient()}>
      <List />
    </QueryClientProvider>,
  );
  await answer(0);
  expect(await screen.findByText("row of 0, waits, waits")).toBeTruthy();
  await act(async () => look([4499, 4500]));
  await answer(4499);
  expect(await screen.findByText("row of 0, row of 4499, waits")).toBeTruthy();
  await answer(4500);
  expect(await screen.findByText("row of 0, row of 4499, row of 4500")).toBeTruthy();
});
