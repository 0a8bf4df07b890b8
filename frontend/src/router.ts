/** The router and the query cache, opened once. */
import { QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "./lib/search";
import { Failure, NotFound, Pending } from "./routes/__root";
import { routeTree } from "./routeTree.gen";

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, staleTime: 30_000 } },
});

export const router = createRouter({
  routeTree,
  context: {
    queryClient,
    arrival: { path: window.location.pathname, search: parseSearch(window.location.search) },
  },
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingMs: 150,
  defaultErrorComponent: Failure,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: Pending,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** The reader was typing when the page changed: the next text box takes the keyboard. */
    typing?: boolean;
  }
}
