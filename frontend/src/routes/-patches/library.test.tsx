import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { aModel, asked } from "../../../test/server";
import { visit } from "../../../test/visit";
import { vocabularyFile } from "../../../test/vocabulary";

const HASH = "68f53f26550e7186";
const SET = "b59dbbda54571079";
const SOURCE = {
  type: "unembedding",
  kind: "steer",
  token: 1,
  minus: null,
  site: "L1.resid_post",
  everywhere: false,
  scale: null,
  writers: [],
  seen: { conversation: "abcdefghij", trace: null, position: 4 },
};
const PATCH = {
  hash: HASH,
  name: "Says The",
  patch: { kind: "steer", site: "L1.resid_post", direction: "AACAPwAAAAA=", scale: 12 },
  where: "L1.resid_post",
  says: "Adds 12 along the direction at L1.resid_post.",
  source: SOURCE,
  model: "specimen",
  model_name: "org/specimen",
  weights_sha256: "7".repeat(64),
  made_at: 1_700_000_000,
  put_away: null,
};
/** Without its content. */
const LISTED = { ...PATCH, patch: undefined, kind: "steer", d: 3 };
const ALL = { type: "all" };
const ROW = {
  hash: SET,
  name: "",
  members: [{ hash: HASH, name: "Says The", strength: 2, scope: ALL }],
  made_at: null,
};
const KEPT_SET = {
  hash: SET,
  name: "",
  members: [{ hash: HASH, patch: PATCH.patch, strength: 2, scope: { type: "prompt" }, says: "Adds 24.", reads: "" }],
};
const USES = {
  conversations: [{ id: "abcdefghij", title: "A talk", turns: 2, set: SET }],
  n_conversations: 3,
  traces: [{ hash: "0".repeat(16), model: "specimen", patches: SET, n_tokens: 2, begins: [0, 1] }],
  n_traces: 1,
  sets: [ROW],
  n_sets: 1,
  runs: [{ id: "behaviour-rates-1", family: "behaviour_rates", name: "", status: "succeeded" }],
  n_runs: 1,
};
const MODEL = { ...aModel("specimen"), d_model: 2, d_mlp: 8, tokenizer_sha256: "a" };
const SERVER = {
  "/api/model_info": MODEL,
  "/api/model_info?model=specimen": MODEL,
  "/api/models/specimen/vocab": vocabularyFile(["<|begin|>", " The"]),
  "/api/models": [],
  "/api/patches": { items: [LISTED], broken: [] },
  [`/api/patches/${HASH}`]: PATCH,
  [`/api/patches/${HASH}/uses`]: USES,
  [`/api/patch-sets/${SET}`]: KEPT_SET,
  [`/api/patch-sets/${SET}/uses`]: { ...USES, sets: [], n_sets: 0 },
  "/api/patch-sets": { items: [{ ...ROW, name: "Both" }], total: 1, unnamed: 4, broken: [] },
};

test("sets are listed by their names, and how many have none is said", async () => {
  const router = await visit("/patches?show=sets", SERVER);
  expect(await screen.findByRole("link", { name: "Both" })).toHaveAttribute("href", `/patches/sets/${SET}`);
  expect(screen.getByText("Says The × 2")).toBeInTheDocument();
  fireEvent.click(screen.getByRole("checkbox", { name: "Unnamed ones too (4)" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?show=sets&unnamed=1"));
});

test("a set's page tells its patches, where it is used, and is given a name", async () => {
  await visit(`/patches/sets/${SET}`, { ...SERVER, [`/api/patch-sets/${SET}/name`]: { ...KEPT_SET, name: "Loud" } });
  expect(await screen.findByRole("heading", { name: "A set of 1 patch", level: 1 })).toBeInTheDocument();
  const members = screen.getByRole("list", { name: "Patches of the set" });
  expect(members).toHaveTextContent("× 2 on the prompt");
  const used = await screen.findByRole("region", { name: "Used in" });
  expect(await within(used).findByRole("link", { name: "A talk" })).toHaveAttribute(
    "href",
    `/chat/abcdefghij?patches=${SET}`,
  );
  expect(used).toHaveTextContent("3 conversations");
  fireEvent.change(screen.getByRole("textbox", { name: "Name of the set" }), { target: { value: " Loud " } });
  fireEvent.click(screen.getByRole("button", { name: "Name it" }));
  expect(await screen.findByRole("heading", { name: "Loud", level: 1 })).toBeInTheDocument();
  expect(asked.at(-1)).toEqual({ method: "PUT", path: `/api/patch-sets/${SET}/name`, body: { name: "Loud" } });
});

test("a patch is given another name", async () => {
  await visit(`/patches/${HASH}`, { ...SERVER, [`/api/patches/${HASH}/name`]: { ...PATCH, name: "Louder" } });
  const box = await screen.findByRole("textbox", { name: "Name of the patch" });
  fireEvent.change(box, { target: { value: "" } });
  expect(screen.getByRole("button", { name: "Name it" })).toBeDisabled();
  fireEvent.change(box, { target: { value: "Louder " } });
  fireEvent.click(screen.getByRole("button", { name: "Name it" }));
  expect(await screen.findByRole("heading", { name: "Louder", level: 1 })).toBeInTheDocument();
  expect(asked.at(-1)).toEqual({ method: "PUT", path: `/api/patches/${HASH}/name`, body: { name: "Louder" } });
});

test("the hash of a set leads to its page from where a patch would be", async () => {
  const router = await visit(`/patches/${SET}?strength=2`, SERVER);
  await waitFor(() => expect(router.state.location.href).toBe(`/patches/sets/${SET}?strength=2`));
});

test("a patch says where somebody asked for it, and where it is used", async () => {
  await visit(`/patches/${HASH}`, SERVER);
  const from = await screen.findByRole("region", { name: "Where it comes from" });
  expect(within(from).getByRole("link", { name: "a conversation at token 4" })).toHaveAttribute(
    "href",
    "/chat/abcdefghij?token=4",
  );
  expect(within(from).getByRole("link", { name: "token 1" })).toHaveAttribute(
    "href",
    "/patches/new?from=unembedding&token=1&site=L1.resid_post",
  );
  const used = screen.getByRole("region", { name: "Used in" });
  expect(await within(used).findByRole("link", { name: "Says The × 2" })).toHaveAttribute(
    "href",
    `/patches/sets/${SET}`,
  );
});

test("a patch is put away, and one that was says so and can be restored", async () => {
  await visit(`/patches/${HASH}`, SERVER);
  fireEvent.click(await screen.findByRole("button", { name: "Put away" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: `/api/patches/${HASH}` }));
});

test("what was put away is listed with the way back", async () => {
  const away = { ...LISTED, put_away: 1_700_000_001 };
  await visit("/patches?show=away", {
    ...SERVER,
    "/api/patches?q=&kind=&away=true": { items: [away], broken: [] },
    [`/api/patches/${HASH}/restore`]: PATCH,
  });
  fireEvent.click(await screen.findByRole("button", { name: "Restore Says The" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ method: "POST", path: `/api/patches/${HASH}/restore` }));
});

test("a new patch says what it lacks, and its address holds what was typed", async () => {
  const router = await visit("/patches/new?site=L0.resid_post", SERVER);
  expect(await screen.findByText("Each side needs a prompt: one a line.")).toBeInTheDocument();
  fireEvent.change(screen.getByRole("textbox", { name: "Prompts that have it" }), { target: { value: "a\nb" } });
  fireEvent.change(screen.getByRole("textbox", { name: "Prompts that do not" }), { target: { value: "b" } });
  expect(await screen.findByRole("button", { name: "Read the prompts" })).toBeInTheDocument();
  expect(screen.getByText("“b” stands in both: it adds nothing to the difference.")).toBeInTheDocument();
  await waitFor(() => expect(router.state.location.search).toMatchObject({ toward: "a\nb", away: "b" }));
});

test("typed numbers that are no direction are told why", async () => {
  await visit("/patches/new?from=numbers", SERVER);
  fireEvent.change(await screen.findByRole("textbox", { name: "Direction" }), { target: { value: "[1, 2, 3]" } });
  expect(await screen.findAllByText("It has 3 numbers; the model's d_model is 2.")).toHaveLength(2);
});
