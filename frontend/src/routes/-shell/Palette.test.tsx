import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { matching } from "./matching";
import Palette from "./Palette";
import { palette } from "./palette.store";

/** The palette over pages that are empty; the address that its keys lead to. */
async function typeAndEnter(text: string): Promise<string> {
  const root = createRootRoute({ component: Palette });
  const pages = ["/", "/chat", "/settings"].map((path) => createRoute({ getParentRoute: () => root, path }));
  const router = createRouter({ routeTree: root.addChildren(pages), history: createMemoryHistory() });
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  render(
    <QueryClientProvider client={client}>
      <MantineProvider env="test">
        <RouterProvider<typeof router> router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  act(() => palette.open());
  await userEvent.type(await screen.findByRole("textbox", { name: "Search and commands" }), `${text}{Enter}`);
  await vi.waitFor(() => expect(router.state.location.pathname).not.toBe("/"));
  return router.state.location.href;
}

test("Enter runs what was searched for", async () => {
  expect(await typeAndEnter("settings")).toBe("/settings");
});

test("Enter asks what matches nothing", async () => {
  expect(await typeAndEnter("zebra")).toMatch(/^\/chat\?text=/);
});

test("labels come before descriptions, and no group is empty", () => {
  const groups = [
    { group: "Conversations", actions: [{ id: "a", label: "Hello", description: "of settings" }] },
    { group: "Pages", actions: [{ id: "b", label: "Settings" }] },
    { group: "Models", actions: [{ id: "c", label: "gpt2" }] },
  ];
  const ids = (limit: number) =>
    matching(groups, "SETTINGS", limit).flatMap(({ actions }) => actions.map(({ id }) => id));
  expect(ids(40)).toEqual(["b", "a"]);
  expect(ids(1)).toEqual(["b"]);
});
