import { fireEvent, screen, waitFor } from "@testing-library/react";
import { aModel, serve } from "../../../test/server";
import { visit } from "../../../test/visit";

const CARD = {
  model: "specimen",
  format: "PEFT LoRA",
  base_model: "gpt2",
  warnings: ["Its files name the model gpt2; this is specimen."],
  says: ["Adds 1 times what the adapter nicer was trained to."],
  modules: [
    {
      module: "transformer.h.1.mlp.c_proj",
      layer: 1,
      shape: [4, 16],
      rank: 3,
      norm: 12.5,
      share: 0.25,
      effective_rank: 2.5,
      bias_norm: 0,
    },
  ],
  tokens: 80,
  kl: 0.5,
  control_kl: [0.01, 0.02],
};
const PATCH = {
  hash: "68f53f26550e7186",
  name: "nicer",
  patch: { kind: "adapter", adapter: "0".repeat(64) },
  says: "Adds 1 times what the adapter nicer was trained to.",
  source: { type: "adapter", adapter: "/home/nicer" },
  model: "specimen",
  model_name: "specimen",
  weights_sha256: "7".repeat(64),
  made_at: 1_700_000_000,
  enabled: false,
  put_away: null,
};
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/models": [],
  "/api/patches": { items: [], broken: [] },
};

/** Pages are fetched when they are wanted. */
const PATIENT = { timeout: 20_000 };

const choose = async (file: File) =>
  fireEvent.change(await screen.findByLabelText("Files of a patch"), { target: { files: [file] } });

test("a chosen file is explained before it is kept, and then shown", async () => {
  const looked = { name: "nicer", card: CARD, patches: [], set: null };
  const router = await visit("/patches", { ...SERVER, "/api/import-patch": looked });
  await choose(new File(["x"], "nicer.zip"));
  expect(await screen.findByText("PEFT LoRA")).toBeInTheDocument();
  expect(screen.getByText("transformer.h.1.mlp.c_proj")).toBeInTheDocument();
  expect(screen.getByText(CARD.warnings[0] ?? "")).toBeInTheDocument();
  expect(screen.getByRole("img", { name: /KL .* beside .* of random pushes as hard/ })).toBeInTheDocument();
  serve({ ...SERVER, "/api/import-patch": { ...looked, patches: [PATCH] }, [`/api/patches/${PATCH.hash}`]: PATCH });
  expect(screen.getByRole("button", { name: "Keep “nicer”" })).toBeVisible();
  fireEvent.change(screen.getByRole("textbox", { name: "Name" }), { target: { value: "Nicest" } });
  fireEvent.click(screen.getByRole("button", { name: "Keep “Nicest”" }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/patches/${PATCH.hash}`));
});

test("other files of the same name are explained anew", async () => {
  await visit("/patches", { ...SERVER, "/api/import-patch": { name: "nicer", card: CARD, patches: [], set: null } });
  await choose(new File(["x"], "nicer.zip"));
  expect(await screen.findByText("PEFT LoRA")).toBeInTheDocument();
  const other = { name: "other", card: { ...CARD, format: "another one" }, patches: [], set: null };
  serve({ ...SERVER, "/api/import-patch": other });
  await choose(new File(["y"], "nicer.zip"));
  expect(await screen.findByText("another one")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Keep “other”" })).toBeVisible();
  expect(screen.queryByText("PEFT LoRA")).toBeNull();
});

test("what the server refuses is told in its words, and there is nothing to keep", async () => {
  await visit("/patches", SERVER);
  await choose(new File(["x"], "nicer.zip"));
  expect(await screen.findByText("It is not loaded.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /Keep/ })).toBeNull();
});

test("files that are held over the page are asked for; text is not", async () => {
  await visit("/patches", SERVER);
  await screen.findByRole("button", { name: "Import" });
  const held = (types: string[]) => fireEvent.dragOver(window, { dataTransfer: { types } });
  held(["text/plain"]);
  expect(screen.queryByText("Drop a patch")).toBeNull();
  held(["Files"]);
  expect(screen.getByText("Drop a patch")).toBeInTheDocument();
  fireEvent.dragLeave(window, { relatedTarget: null });
  expect(screen.queryByText("Drop a patch")).toBeNull();
});

const HASH = "00c0ffee00c0ffee";
const SET = { hash: HASH, name: "quiet", members: [] };
const HELD = { hash: "c".repeat(16), name: "Held", says: "", strength: 2, scope: { type: "all" } };
const BUNDLE = new File(
  [JSON.stringify({ format: "microscope-bundle", patch_sets: [{ ...SET, members: [HELD] }] })],
  "set.json",
  { type: "application/json" },
);
const IMPORTED = { conversations: [], traces: [], open: `/patches/sets/${HASH}`, warnings: [] };

test("a bundle that is chosen opens what it holds, and says what came", async () => {
  const router = await visit("/patches", { ...SERVER, "/api/import": IMPORTED, [`/api/patch-sets/${HASH}`]: SET });
  await choose(BUNDLE);
  await waitFor(() => expect(router.state.location.pathname).toBe(`/patches/sets/${HASH}`));
  const told = await screen.findByText("The bundle was imported", {}, PATIENT);
  expect(told.parentElement).toHaveTextContent("Set of patches quiet: Held × 2");
});

test.each([`/patches/sets/${HASH}`, `/patches/${HASH}`, `/chat?patches=${HASH}`])(
  "%s says that the set is not here, and opens it once its bundle is imported",
  async (path) => {
    const chat = { "/api/conversations": { items: [], total: 0 }, "/api/models/specimen/examples": [] };
    const router = await visit(path, { ...SERVER, ...chat });
    expect(await screen.findByRole("button", { name: "Import its bundle" }, PATIENT)).toBeVisible();
    serve({ ...SERVER, ...chat, "/api/import": IMPORTED, [`/api/patch-sets/${HASH}`]: SET });
    await choose(BUNDLE);
    await waitFor(() => expect(screen.queryByRole("button", { name: "Import its bundle" })).toBeNull(), PATIENT);
    expect(router.state.location.href).toContain(HASH);
  },
);

test("a bundle of something else is kept, and the page says that the set is still not here", async () => {
  await visit(`/patches/sets/${HASH}`, { ...SERVER, "/api/import": IMPORTED });
  await screen.findByRole("button", { name: "Import its bundle" }, PATIENT);
  await choose(BUNDLE);
  expect(await screen.findByText(`What was imported holds no patch and no set ${HASH}.`)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Import its bundle" })).toBeVisible();
});
