/** What is sent about runs that others change at the same time. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { aRun } from "../../../test/runs";
import { asked, serve } from "../../../test/server";
import { EditRun } from "./EditRun";
import { SelectedRuns } from "./SelectedRuns";

const client = new QueryClient();
const framed = (children: ReactNode) => (
  <QueryClientProvider client={client}>
    <MantineProvider env="test">{children}</MantineProvider>
  </QueryClientProvider>
);
const sent = () => asked.at(-1)?.body;

beforeEach(() => {
  asked.length = 0;
});

test("another name is all that is sent where somebody else changes tags and priority meanwhile", async () => {
  serve({ "/api/runs/a": aRun("a") });
  const { rerender } = render(framed(<EditRun row={aRun("a", { tags: ["mine"] })} />));
  fireEvent.click(screen.getByRole("button", { name: "Name, tags, priority" }));
  rerender(framed(<EditRun row={aRun("a", { name: "theirs", tags: ["theirs"], priority: 7 })} />));
  fireEvent.change(await screen.findByRole("textbox", { name: "Name" }), { target: { value: "my own" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(sent()).toMatchObject({ name: "my own", priority: null, tags: null, add_tags: [], remove_tags: [] });
});

test("a tag is added to what each run has, and one that is refused keeps back nobody and stays with its reason", async () => {
  serve({ "/api/runs/b": aRun("b") });
  const keep = vi.fn();
  const rows = ["gone", "b"].map((id) => aRun(id, { tags: ["old"] }));
  render(framed(<SelectedRuns chosen={new Map(rows.map((row) => [row.id, row]))} keep={keep} />));
  fireEvent.click(screen.getByRole("button", { name: "Tag…" }));
  fireEvent.change(await screen.findByRole("textbox"), { target: { value: "two" } });
  fireEvent.click(screen.getByRole("button", { name: "Add" }));
  await vi.waitFor(() => expect(asked.map(({ path }) => path)).toEqual(["/api/runs/gone", "/api/runs/b"]));
  expect(sent()).toMatchObject({ tags: null, add_tags: ["two"] });
  expect(await screen.findByRole("alert")).toHaveTextContent("It is not loaded.");

  fireEvent.click(screen.getByRole("button", { name: "Cancel 2" }));
  await vi.waitFor(() => expect(keep).toHaveBeenCalledWith(new Set(["gone"])));
});
