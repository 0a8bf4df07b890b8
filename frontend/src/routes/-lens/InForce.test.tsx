import { screen, within } from "@testing-library/react";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";
import { vocabularyFile } from "../../../test/vocabulary";

const steer = { kind: "steer", site: "L7.resid_post", direction: "AACAPw==", scale: 3 };
const member = { hash: "a".repeat(16), patch: steer, strength: 2, scope: { type: "all" }, says: "Adds 6 along it." };
const text = {
  model: "specimen",
  model_name: "specimen",
  weights_sha256: "",
  ids: [1],
  roles: ["text"],
  resident: true,
};
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/model_info?model=specimen": { ...aModel("specimen"), tokenizer_sha256: "a" },
  "/api/models/specimen/vocab": vocabularyFile(["<|begin|>", " The"]),
  "/api/models": [],
  "/api/traces/patched": { ...text, hash: "patched", patches: "s1" },
  "/api/traces/plain": { ...text, hash: "plain", patches: null },
  "/api/patch-sets/s1": {
    hash: "s1",
    members: [member, { ...member, says: "Adds 6 again.", scope: { type: "span", start: 2, end: 5 } }],
  },
};

test("a text that was run with patches says which, and leads to each at its strength", async () => {
  await visit("/lens/patched?vs=plain", SERVER);
  const note = await screen.findByRole("note", { name: "Patches in force" }, { timeout: 20_000 });
  const [first, second] = within(note).getAllByRole("link");
  expect(first).toHaveTextContent("Adds 6 along it.");
  expect(first).toHaveAttribute("href", `/patches/${member.hash}?strength=2&ids=1`);
  expect(second).toHaveTextContent("Adds 6 again.");
  expect(note).toHaveTextContent("Adds 6 again. It acts on tokens 2 to 4.");
  expect(screen.getByRole("heading", { name: "Lens: The, patched", level: 1 })).toBeInTheDocument();
});

test("a patch that acts at BOS too says so", async () => {
  const begun = { ...SERVER, "/api/traces/patched": { ...SERVER["/api/traces/patched"], ids: [0, 1] } };
  await visit("/lens/patched", begun);
  const note = await screen.findByRole("note", { name: "Patches in force" }, { timeout: 20_000 });
  expect(note).toHaveTextContent("Adds 6 along it. It acts on every token, BOS too.");
});

test("one that the model read as it is says nothing of patches", async () => {
  await visit("/lens/plain", SERVER);
  expect(await screen.findByRole("heading", { name: "Lens: The", level: 1 }, { timeout: 20_000 })).toBeInTheDocument();
  expect(screen.queryByRole("note", { name: "Patches in force" })).toBeNull();
});

test("a set that is not here is told, and the text stays", async () => {
  await visit("/lens/patched", { ...SERVER, "/api/patch-sets/s1": undefined });
  const heading = await screen.findByRole("heading", { name: "Lens: The, patched", level: 1 }, { timeout: 20_000 });
  expect(heading).toBeInTheDocument();
  expect(await screen.findByRole("alert")).toHaveTextContent("It is not loaded.");
});
