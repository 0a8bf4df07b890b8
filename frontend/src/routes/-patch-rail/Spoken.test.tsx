import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { patchSet } from "../../api/patches";
import type { Turn } from "../../api/types";
import { Spoken } from "./Spoken";

const client = new QueryClient();
for (const hash of ["mine", "theirs"])
  client.setQueryData(patchSet(hash).queryKey, { hash, name: `Set of ${hash}`, model: "m", members: [] } as never);

const turn = (...sets: (string | null)[]) =>
  ({ sampling: {}, start: 4, end: 9, patches: sets.map((set, at) => ({ start: at * 6, set })) }) as unknown as Turn;

const shown = (patches: string | undefined, turns: Turn[], go = vi.fn(), generating = true) => (
  <QueryClientProvider client={client}>
    <MantineProvider env="test">
      <Spoken material={{ turns, generating }} {...{ patches, go }} />
    </MantineProvider>
  </QueryClientProvider>
);

test("a set that somebody else put in force is told, and taken over", () => {
  const go = vi.fn();
  render(shown("mine", [turn("mine", "theirs")], go));
  expect(screen.getByRole("status")).toHaveTextContent("The turn is being said under Set of theirs");
  fireEvent.click(screen.getByRole("button", { name: "Put it in force here" }));
  expect(go).toHaveBeenCalledWith("theirs");
});

test("what was in force here just before is nobody else's", () => {
  const { rerender } = render(shown("mine", [turn("mine")]));
  rerender(shown("theirs", [turn("mine")]));
  expect(screen.queryByRole("status")).toBeNull();
  rerender(shown("theirs", [turn("mine", null)], undefined, false));
  expect(screen.getByRole("status")).toHaveTextContent("The last turn was said under no patches");
});
