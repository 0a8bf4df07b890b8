import { screen } from "@testing-library/react";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";
import { streamOf } from "../../api/live";
import type { Conversation } from "../../api/types";

const kept: Conversation = {
  id: "c1",
  title: "Said elsewhere",
  mode: "chat",
  model: "specimen",
  model_name: "specimen",
  weights_sha256: "",
  parent: null,
  created: 0,
  updated: 0,
  turns: [],
  ids: [1, 2, 3],
  generating: false,
};
const text = { hash: "t1", model_name: "specimen", weights_sha256: "", ids: [1], roles: ["text"] };
const row = { id: "c1", title: kept.title, mode: "chat", model: "specimen", n_tokens: 2, updated: 0, parent: null };

/** Another model than theirs is loaded. */
const answers = {
  "/api/model_info": aModel("walk"),
  "/api/model_info?model=specimen": undefined,
  "/api/models": [],
  "/api/conversations": { items: [{ ...row, generating: false }], total: 1 },
  "/api/traces/t1": { ...text, model: "specimen" },
  "/api/traces/t2": { ...text, model: "" },
};

test.each([
  ["/chat/c1", "conversation"],
  ["/lens/t1", "text"],
  ["/lens/t2", "text"],
])("%s says whose it is and offers that model, as no fault", async (path, what) => {
  streamOf("c1").hear({ type: "snapshot", id: 1, conversation: kept }, undefined, 0);
  await visit(path, answers);
  const heading = await screen.findByRole("heading", { name: `This ${what} belongs to specimen` }, { timeout: 20_000 });
  expect(heading).toBeVisible();
  expect(screen.getByRole("button", { name: "Load specimen" })).toBeEnabled();
  expect(screen.getByText(/^walk is loaded now: only specimen can read/)).toBeVisible();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(document.body).not.toHaveTextContent("/api/");
});

test("the list counts the tokens of the open conversation as they come", async () => {
  streamOf("c1").hear({ type: "snapshot", id: 1, conversation: kept }, undefined, 0);
  await visit("/chat/c1", answers);
  const said = await screen.findByRole("link", { name: /Said elsewhere/ }, { timeout: 20_000 });
  expect(said).toHaveTextContent("3 tok");
});
