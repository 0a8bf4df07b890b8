import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { asked } from "../../../test/server";
import type { NewPatch } from "../../api/types";
import { NewPatchForm } from "./NewPatchForm";
import { patchSearch } from "./params";

const client = new QueryClient();
const STEER = {
  type: "feature",
  sae: "l8",
  feature: 2,
  kind: "steer",
  everywhere: false,
  value: null,
  writers: [] as string[],
} as const;
const CLAMP = { ...STEER, kind: "clamp", value: 5 } as const;

const form = (source: NewPatch["source"], proposed: string, strength = 1) => (
  <QueryClientProvider client={client}>
    <MantineProvider env="test">
      <NewPatchForm {...{ source, proposed }} search={{ ...patchSearch.parse({}), strength }} />
    </MantineProvider>
  </QueryClientProvider>
);
const name = () => screen.getByRole("textbox", { name: "Name of the patch" });

test("a name belongs to what it was typed for: another change has its own, at whatever strength", async () => {
  const { rerender } = render(form(STEER, "Steer: cats"));
  fireEvent.change(name(), { target: { value: "More cats" } });
  rerender(form(STEER, "Steer: cats", 2));
  expect(name()).toHaveValue("More cats");
  rerender(form(CLAMP, "Clamp: cats"));
  expect(name()).toHaveValue("Clamp: cats");
  rerender(form({ ...CLAMP, value: 6 }, "Clamp: cats"));
  expect(name()).toHaveValue("Clamp: cats");
  fireEvent.click(screen.getByRole("button", { name: "Create patch" }));
  await waitFor(() => expect(asked.at(-1)?.body).toMatchObject({ name: "Clamp: cats", source: { value: 6 } }));
  rerender(form(STEER, "Steer: cats"));
  expect(name()).toHaveValue("More cats");
});
