/** The real pages in jsdom. */
import "./server";

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { parseSearch, stringifySearch } from "../src/lib/search";
import { routeTree } from "../src/routeTree.gen";
import { type Answers, serve } from "./server";

/** Opens a page. */
export async function visit(path: string, answers: Answers) {
  serve(answers);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createRouter({
    routeTree,
    context: { queryClient, arrival: { path: "/", search: {} } },
    parseSearch,
    stringifySearch,
    history: createMemoryHistory({ initialEntries: [path] }),
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
