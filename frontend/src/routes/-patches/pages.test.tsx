import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { aModel, asked, serve } from "../../../test/server";
import { visit } from "../../../test/visit";
import { vocabularyFile } from "../../../test/vocabulary";

const PATCH = {
  hash: "68f53f26550e7186",
  name: "Away with it",
  patch: { kind: "steer", site: "L7.resid_post", direction: "AACAPwAAAAA=", scale: 125 },
  where: "L7.resid_post",
  says: "Adds 125 along the direction at L7.resid_post.",
  source: { type: "feature", sae: "l8", feature: 2, kind: "steer", everywhere: false, value: null },
  model: "specimen",
  model_name: "org/specimen",
  weights_sha256: "7".repeat(64),
  made_at: 1_700_000_000,
};
const CLAMP = {
  ...PATCH,
  hash: "8ce965901edc4e2c",
  name: "Held",
  patch: { kind: "clamp", sae: "0".repeat(64), site: "L7.resid_post", feature: 2, value: 5.4 },
  source: { ...PATCH.source, kind: "clamp", value: 5.4 },
};
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/model_info?model=specimen": { ...aModel("specimen"), tokenizer_sha256: "a" },
  "/api/models/specimen/vocab": vocabularyFile(["<|begin|>", " The"]),
  "/api/models": [],
  "/api/patches": { items: [PATCH, CLAMP], broken: [] },
  [`/api/patches/${PATCH.hash}`]: PATCH,
};

test("an empty library says how to make a patch", async () => {
  await visit("/patches", { ...SERVER, "/api/patches": { items: [], broken: [] } });
  expect(await screen.findByText("No patch is kept yet")).toBeInTheDocument();
  const page = screen.getByRole("main");
  expect(within(page).getByRole("link", { name: "features" })).toHaveAttribute("href", "/features");
});

test("a search that finds nothing is no empty library", async () => {
  await visit("/patches?q=none&kind=clamp", { ...SERVER, "/api/patches": { items: [], broken: [] } });
  expect(await screen.findByText("No patch that is kept here is like that.")).toBeInTheDocument();
  expect(screen.getByRole("textbox", { name: "Search the patches" })).toHaveValue("none");
});

test("what cannot be read is counted in a line and told with its reason, beside the others", async () => {
  const broken = [
    { hash: "0011223344556677", error: "'sparkle' is no kind of patch.", next: "Put its file back." },
    { hash: "8899aabbccddeeff", error: "It cannot be read: expected JSON.", next: "Put it back." },
  ];
  await visit("/patches", { ...SERVER, "/api/patches": { items: [PATCH], broken } });
  expect(await screen.findByText("2 patches here cannot be read")).toBeInTheDocument();
  expect(screen.getByText("'sparkle' is no kind of patch.")).toBeInTheDocument();
  expect(screen.getByText("It cannot be read: expected JSON.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Away with it" })).toBeInTheDocument();
});

test("a library of which nothing can be read is not called empty", async () => {
  const broken = [{ hash: "0011223344556677", error: "It cannot be read.", next: "Put it back." }];
  await visit("/patches", { ...SERVER, "/api/patches": { items: [], broken } });
  expect(await screen.findByText("1 patch here cannot be read")).toBeInTheDocument();
  expect(screen.queryByText("No patch is kept yet")).toBeNull();
});

test("each patch leads to its page, and back to the feature with what was done to it", async () => {
  await visit("/patches", SERVER);
  const held = await screen.findByRole("link", { name: "Held" });
  expect(held).toHaveAttribute("href", `/patches/${CLAMP.hash}`);
  const [steered, clamped] = screen.getAllByRole("link", { name: "l8/2" });
  expect(steered).toHaveAttribute("href", "/features/l8/2?tab=steer");
  const way = new URL(clamped?.getAttribute("href") ?? "", "http://x").searchParams;
  expect(Object.fromEntries(way)).toEqual({ tab: "steer", kind: "clamp", value: "5.4" });
});

test("what is searched for is in the address, and the server is asked", async () => {
  const found = { ...SERVER, "/api/patches?q=held&kind=": { items: [CLAMP], broken: [] } };
  const router = await visit("/patches", found);
  fireEvent.change(await screen.findByRole("textbox", { name: "Search the patches" }), { target: { value: "held" } });
  await waitFor(() => expect(router.state.location.searchStr).toBe("?q=held"));
  await waitFor(() => expect(screen.queryByRole("link", { name: "Away with it" })).toBeNull());
  expect(screen.getByRole("link", { name: "Held" })).toBeInTheDocument();
});

test("a patch has its equation, where it comes from, and its content without the direction's digits", async () => {
  await visit(`/patches/${PATCH.hash}?strength=-2`, SERVER);
  expect(await screen.findByRole("heading", { name: "Away with it", level: 1 })).toBeInTheDocument();
  expect(screen.getByText("x ← x + s · 125 · d")).toBeInTheDocument();
  const from = screen.getByRole("region", { name: "Where it comes from" });
  expect(within(from).getByRole("link", { name: "l8/2" })).toHaveAttribute("href", "/features/l8/2?tab=steer");
  expect(from).toHaveTextContent("specimen (org/specimen)");
  expect(screen.getByRole("tree")).toHaveTextContent("2 numbers, float32 in base64");
  expect(await screen.findByRole("slider", { name: "Strength" }, { timeout: 20_000 })).toHaveAttribute(
    "aria-valuenow",
    "-2",
  );
  expect(screen.getByRole("textbox", { name: "Strength, any number" })).toHaveValue("-2");
  expect(screen.getByText("No text yet")).toBeInTheDocument();
});

test("a patch of weights leaves as an adapter at the strength that is shown, or the server's refusal is told", async () => {
  const saved: string[] = [];
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined });
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function save(
    this: HTMLAnchorElement,
  ) {
    saved.push(this.download);
  });
  const scaled = { ...PATCH, patch: { kind: "scale", direction: "AACAPwAAAAA=", writers: [] } };
  const answers = { ...SERVER, [`/api/patches/${PATCH.hash}`]: scaled };
  await visit(`/patches/${PATCH.hash}?strength=-2`, answers);
  const button = await screen.findByRole("button", { name: "Export as adapter" });
  const files = screen.getByRole("region", { name: "As files" });
  fireEvent.click(button);
  expect(await within(files).findByRole("alert")).toHaveTextContent("It is not loaded.");
  expect(saved).toEqual([]);
  const members = [{ source: { type: "kept", hash: PATCH.hash }, strength: -2, scope: { type: "all" } }];
  expect(asked.at(-1)).toEqual({
    method: "POST",
    path: "/api/export-patches",
    body: { model: null, members, set: null, format: "peft" },
  });
  serve({ ...answers, "/api/export-patches": new ArrayBuffer(2) });
  fireEvent.click(button);
  await waitFor(() => expect(saved).toEqual([`adapter-${PATCH.hash}.zip`]));
  expect(within(files).queryByRole("alert")).toBeNull();
  click.mockRestore();
});

test("a steering patch leaves as vectors, and offers no adapter", async () => {
  await visit(`/patches/${PATCH.hash}`, SERVER);
  expect(await screen.findByRole("heading", { name: "Away with it", level: 1 })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Export as adapter" })).toBeNull();
  expect(screen.getByRole("button", { name: "Export as GGUF" })).toBeInTheDocument();
});

test("a patch of a model that is not in memory offers to load it", async () => {
  const away = { ...SERVER, "/api/model_info?model=specimen": undefined };
  await visit(`/patches/${PATCH.hash}`, away);
  expect(await screen.findByText("This patch belongs to specimen", {}, { timeout: 20_000 })).toBeInTheDocument();
  expect(screen.getByText("x ← x + s · 125 · d")).toBeInTheDocument();
});

test("a patch that is not here is an error that leads to those that are", async () => {
  await visit("/patches/0123456789abcdef", SERVER);
  expect(await screen.findByRole("alert")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "All patches" })).toHaveAttribute("href", "/patches");
});
