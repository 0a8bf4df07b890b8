import { MantineProvider } from "@mantine/core";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { FeatureLegend } from "./FeatureLegend";

const FEATURE = { sae: "l8", index: 3 };

async function show(dictionary: string | undefined) {
  const shade = { coloring: undefined, skipped: 1, dictionary, trouble: undefined };
  const route = createRootRoute({
    component: () => <FeatureLegend feature={FEATURE} shade={shade} stop={() => {}} />,
  });
  const router = createRouter({ routeTree: route, history: createMemoryHistory() });
  render(
    <MantineProvider env="test">
      <RouterProvider router={router as never} />
    </MantineProvider>,
  );
  await screen.findByText(/coloured by/);
}

test("a harvested feature leads to its page, in the dictionary that has it", async () => {
  await show("mine");
  expect(screen.getByRole("link", { name: "l8/3" })).toHaveAttribute("href", "/features/mine/3");
});

test("one that was not harvested has no page: its SAE's card has the button", async () => {
  await show("");
  expect(screen.getByRole("link", { name: "l8/3" })).toHaveAttribute("href", "/saes/l8");
});

test("while nobody knows, it leads nowhere", async () => {
  await show(undefined);
  expect(screen.queryByRole("link")).toBeNull();
  expect(screen.getByText(/coloured by l8\/3/)).toBeInTheDocument();
});
