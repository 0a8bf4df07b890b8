/** The real pages in jsdom. */
import "./server";

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRouter, type RouterHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { parseSearch, stringifySearch } from "../src/lib/search";
import { routeTree } from "../src/routeTree.gen";
import { type Answers, serve } from "./server";

/** Opens a page; in the history of another one, which stands at this page, it is a reload. */
export async function visit(path: string, answers: Answers, history?: RouterHistory) {
  serve(answers);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createRouter({
    routeTree,
    context: { queryClient, arrival: { path: "/", search: {} } },
    parseSearch,
    stringifySearch,
    history: history ?? createMemoryHistory({ initialEntries: [path] }),
  });
  await router.load();
  render(
    <QueryClientProvider client={queryClient}>
      <MantineProvider env="test">
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return router;
}
