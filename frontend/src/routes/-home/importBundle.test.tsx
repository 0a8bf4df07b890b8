import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { anAnswer, asked } from "../../../test/server";
import { visit } from "../../../test/visit";

const answer = (warnings: string[]) => ({ conversations: ["a"], traces: [], open: "/help", warnings });

async function open() {
  const chooser = document.querySelector<HTMLInputElement>("input[type=file]");
  if (chooser) await userEvent.upload(chooser, new File(["{}"], "bundle.json", { type: "application/json" }));
}

/** Home, with a bundle opened that the server takes in with these warnings. */
async function imported(...warnings: string[]) {
  const router = await visit("/", { "/api/import": answer(warnings) });
  await open();
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/help"));
  return router;
}

test("an import's warnings stay over all pages until they are dismissed", async () => {
  const router = await imported("gpt2 has other weights here.", "Its parity does not hold.");
  expect(screen.getByText("gpt2 has other weights here.")).toBeVisible();
  await router.navigate({ to: "/settings" });
  expect(screen.getByText("Its parity does not hold.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(screen.queryByText("Its parity does not hold.")).toBeNull();
});

test("the next import takes the warnings of the one before away", async () => {
  await imported("gpt2 has other weights here.");
  expect(screen.getByText("gpt2 has other weights here.")).toBeVisible();
  cleanup();
  await imported();
  expect(screen.queryByText("gpt2 has other weights here.")).toBeNull();
});

test("a bundle that is in when another page is open leaves it open", async () => {
  const { late, come } = anAnswer();
  const router = await visit("/", { "/api/import": late });
  await open();
  await vi.waitFor(() => expect(asked.at(-1)?.path).toBe("/api/import"));
  await router.navigate({ to: "/settings" });
  come(answer([]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(router.state.location.pathname).toBe("/settings");
});
