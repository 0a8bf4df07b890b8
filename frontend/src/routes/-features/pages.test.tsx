import { fireEvent, screen, waitFor } from "@testing-library/react";
import { aPage, aRow, DICTIONARY } from "../../../test/dictionary";
import { anSae } from "../../../test/saes";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";
import { vocabularyFile } from "../../../test/vocabulary";

const row = (index: number, more: object = {}) =>
  aRow(index, index === 2 ? { label: "rivers", label_kind: "human", ...more } : more);
const PAGE = aPage(row(1), row(2), row(3));
const FEATURE = {
  row: row(2),
  id: "l8/2",
  dictionary: DICTIONARY,
  previous: 1,
  next: 3,
  histogram: { edges: [0.5, 1, 2], counts: [15, 5], scale: "log" },
  top_logits: [],
  bottom_logits: [],
  examples: [],
  held_out: [],
  cosine: [{ index: 3, cosine: 0.8, label: "brooks", top_tokens: [] }],
  cofiring: [],
  tokens: [],
  provenance: {
    sae: "l8",
    sae_path: "/saes/l8",
    sae_format: "microscope",
    training: "",
    run: "",
    dataset: "bundled",
    dataset_sha256: "1".repeat(64),
    seed: 0,
    pairs_at: 100,
    pairs_missed: 0,
    lift_missed: 0,
  },
  labels: [],
};
const EMPTY = { edges: [], counts: [], scale: "log" };
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/features": PAGE,
  "/api/features/histograms": { density: { ...EMPTY, whole: [] }, max: { ...EMPTY, whole: [] }, dead: 1 },
  "/api/features/dictionaries": [DICTIONARY],
  "/api/feature-lists": [],
  "/api/features/l8/2": FEATURE,
  "/api/saes": { items: [], broken: [] },
};

test("without an SAE the page tells how to come by one", async () => {
  await visit("/features", SERVER);
  expect(await screen.findByText("No sparse autoencoder is here yet")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Import one" })).toHaveAttribute("href", "/saes");
});

test("the table's rows link to their features, and Enter opens one", async () => {
  const router = await visit("/features?sae=l8&row=1", SERVER);
  const table = await screen.findByRole("table", { name: "Features of l8" });
  expect(await screen.findByText("rivers")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "2" })).toHaveAttribute("href", "/features/l8/2");
  fireEvent.keyDown(table, { key: "Enter" });
  await waitFor(() => expect(router.state.location.pathname).toBe("/features/l8/2"));
});

test("sorting is a step of the address, and the row under the keyboard goes with it", async () => {
  const router = await visit("/features?sae=l8&row=1", SERVER);
  fireEvent.click(await screen.findByRole("button", { name: "density" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?sae=l8&sort=density&desc=1"));
});

test("an SAE that was not harvested is told of in words", async () => {
  await visit("/features?sae=nobody", { ...SERVER, "/api/features": undefined });
  expect(await screen.findByRole("alert")).toHaveTextContent("It is not loaded.");
});

const SAE = anSae("l8");
const LIBRARY = { "/api/saes": { items: [SAE, { ...SAE, slug: "l9" }], broken: [] } };

test("the chooser leads to the features of each SAE, whatever they are called, or to their harvest", async () => {
  const read = [
    { ...DICTIONARY, sae: "l9", made_of: "" },
    { ...DICTIONARY, sae: "mine" },
    { ...DICTIONARY, sae: "gone", made_of: "" },
  ];
  await visit("/features", { ...SERVER, ...LIBRARY, "/api/features/dictionaries": read });
  expect(await screen.findByRole("link", { name: "l8" })).toHaveAttribute("href", "/features?sae=mine");
  expect(screen.getByText("trained anew since its harvest")).toBeInTheDocument();
  const again = screen.getByRole("link", { name: "harvest again" });
  expect(again).toHaveAttribute("href", "/experiments/harvest/new?sae=/saes/l8&name=l9");
  expect(screen.getByRole("link", { name: "gone" })).toHaveAttribute("href", "/features?sae=gone");
  expect(screen.getByText(/its SAE is not here any more/)).toBeInTheDocument();
  expect(screen.getByRole("link", { name: /^SAE library/ })).toHaveAttribute("href", "/saes");
});

test("an SAE of the library that was not harvested leads to its harvest", async () => {
  const none = { ...SERVER, ...LIBRARY, "/api/features": undefined, "/api/features/dictionaries": [] };
  await visit("/features?sae=l8", none);
  const harvest = await screen.findByRole("link", { name: "Harvest it" });
  expect(harvest).toHaveAttribute("href", "/experiments/harvest/new?sae=/saes/l8&name=l8");
  expect(screen.getByRole("link", { name: "Report card" })).toHaveAttribute("href", "/saes/l8");
});

test("a feature past the last one leads to all features and not to a harvest", async () => {
  await visit("/features/l8/99", { ...SERVER, ...LIBRARY });
  expect(await screen.findByRole("alert")).toBeInTheDocument();
  const all = await screen.findByRole("link", { name: "All features of l8" });
  expect(all).toHaveAttribute("href", "/features?sae=l8");
  expect(screen.queryByRole("link", { name: /Harvest/ })).toBeNull();
});

test("a feature has its neighbours as links, and its numbers written out", async () => {
  await visit("/features/l8/2", SERVER);
  expect(await screen.findByRole("heading", { name: /2 rivers/ })).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "3 brooks" })).toHaveAttribute("href", "/features/l8/3");
  expect(screen.getByText("+0.80")).toBeInTheDocument();
});

const WORDS = ["<|begin|>", "<|user|>", " The", " cat"];
const example = {
  group: "top",
  activation: 1.55,
  position: 2,
  start: 0,
  ids: [0, 1, 3, 2],
  activations: [0, 0.5, 1.55, 0],
  document: 4,
  held_out: false,
};
const SHOWN = {
  ...SERVER,
  "/api/model_info?model=specimen": { ...aModel("specimen"), tokenizer_sha256: "a" },
  "/api/models/specimen/vocab": vocabularyFile(WORDS),
};
/** The vocabulary is a file of its own. */
const LATER = { timeout: 20_000 };
const withExamples = (...examples: object[]) => ({
  ...SHOWN,
  "/api/features/l8/2": { ...FEATURE, dictionary: { ...DICTIONARY, model: "specimen" }, examples },
});

test("an example leads to exactly its tokens, at its peak, coloured by the feature, in the model that it is of", async () => {
  const router = await visit("/features/l8/2", withExamples(example));
  const lens = await screen.findByText("lens", {}, LATER);
  const to = "/lens?token=2&by=feature:l8/2&view=features&ids=0,1,3,2&model=specimen";
  expect(Object.fromEntries(new URL(lens.getAttribute("href") ?? "", "http://x").searchParams)).toEqual(
    Object.fromEntries(new URL(to, "http://x").searchParams),
  );
  fireEvent.click(screen.getByText("try"));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?ids=0,1,3,2"));
  expect(screen.getByRole("textbox", { name: "Text to try the feature on" })).toHaveValue("<|user|> cat The");
  expect(screen.queryByText(/from \d+ on/i)).toBeNull();
});

test("an example from within its document says that it is not whole, and follows BOS", async () => {
  await visit("/features/l8/2", withExamples({ ...example, position: 9, start: 8, ids: [3, 2] }));
  expect(await screen.findByText("try", {}, LATER)).toHaveAttribute("href", "/features/l8/2?ids=0,3,2");
  expect(screen.getByText(/^document 4/)).toHaveTextContent("document 4 · position 9 · from 8 on");
  expect(screen.getByText(/what stood before it is not kept/)).toBeInTheDocument();
});

test("where a feature's model is not in memory, it is offered", async () => {
  const away = {
    ...FEATURE,
    dictionary: { ...DICTIONARY, model: "other", model_name: "org/other" },
    examples: [example],
  };
  const none = { "/api/model_info?model=other": undefined, "/api/models": [] };
  await visit("/features/l8/2", { ...SERVER, ...none, "/api/features/l8/2": away });
  expect(await screen.findByText("Load other", {}, LATER)).toBeInTheDocument();
  expect(screen.getByText("This feature belongs to other")).toBeInTheDocument();
});

test("numbers of a recording name it, with the text that was recorded", async () => {
  const recorded = { ...FEATURE, provenance: { ...FEATURE.provenance, recording: "/recorded/activations.parquet" } };
  await visit("/features/l8/2?tab=provenance", { ...SERVER, "/api/features/l8/2": recorded });
  expect(await screen.findByText("/recorded/activations.parquet, of bundled", {}, LATER)).toBeInTheDocument();
});

test("selected features leave in Neuronpedia's shape", async () => {
  const saved: string[] = [];
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined });
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function save(
    this: HTMLAnchorElement,
  ) {
    saved.push(this.download);
  });
  const batch = { "/api/features/l8/neuronpedia?indices=2": { features: [{ index: 2 }] } };
  await visit("/features?sae=l8&row=1", { ...SERVER, ...batch });
  await screen.findByText("rivers");
  fireEvent.keyDown(screen.getByRole("table", { name: "Features of l8" }), { key: " " });
  fireEvent.click(await screen.findByText("Neuronpedia JSON"));
  await waitFor(() => expect(saved).toEqual(["l8.neuronpedia.json"]));
  click.mockRestore();
});

test("a dead feature says that it is dead", async () => {
  const dead = { ...FEATURE, row: row(2, { count: 0, density: 0, max: 0 }), histogram: EMPTY };
  await visit("/features/l8/2", { ...SERVER, "/api/features/l8/2": dead });
  expect(await screen.findByText("This feature is dead.")).toBeInTheDocument();
});

test("without a configured model a rule alone is offered to label a feature", async () => {
  await visit("/features/l8/2", SERVER);
  fireEvent.click(await screen.findByRole("button", { name: "Explain" }));
  expect(await screen.findByText("Tokens it promotes")).toBeInTheDocument();
  expect(screen.queryByText(/^Ask /)).toBeNull();
});

test("a configured model is offered by its name", async () => {
  const asked = { ...FEATURE, dictionary: { ...DICTIONARY, explainer: "some-model" } };
  await visit("/features/l8/2", { ...SERVER, "/api/features/l8/2": asked });
  fireEvent.click(await screen.findByRole("button", { name: "Explain" }));
  expect(await screen.findByText("Ask some-model")).toBeInTheDocument();
});

test("what is no index is an error of its own", async () => {
  await visit("/features/l8/many", SERVER);
  expect(await screen.findByRole("alert")).toHaveTextContent("“many” is no feature of l8.");
});

test("the right bracket leads to the next live feature, with the examples as they were chosen", async () => {
  const router = await visit("/features/l8/2?ex=q50", SERVER);
  await screen.findByRole("heading", { name: /2 rivers/ });
  fireEvent.keyDown(document.body, { key: "]" });
  await waitFor(() => expect(router.state.location.href).toBe("/features/l8/3?ex=q50"));
});

const ORDER = "sort=density&desc=1&q=dog";
const PLACED = { row: 4, total: 12, previous: 1, next: 7 };
const WALKED = {
  ...SERVER,
  "/api/features/l8/2/place?sort=density&desc=true&state=live&q=dog&starred=false&within=all": PLACED,
  "/api/features/l8/7": { ...FEATURE, row: row(7), id: "l8/7" },
};

test("from a table the brackets follow its order, and the way back leads to the feature's row", async () => {
  const router = await visit(`/features/l8/2?${ORDER}`, WALKED);
  const back = await screen.findByRole("link", { name: "5 of 12: “dog”, the densest first" }, LATER);
  const way = new URLSearchParams(back.getAttribute("href")?.split("?")[1]);
  expect(Object.fromEntries(way)).toEqual({ sae: "l8", q: "dog", sort: "density", desc: "1", row: "4" });
  fireEvent.keyDown(document.body, { key: "]" });
  await waitFor(() => expect(router.state.location.pathname).toBe("/features/l8/7"));
  expect(Object.fromEntries(new URLSearchParams(router.state.location.searchStr))).toEqual({
    q: "dog",
    sort: "density",
    desc: "1",
  });
});

test("a row of the table leads to its feature with the table's order, and Back to that row", async () => {
  const router = await visit(`/features?sae=l8&${ORDER}`, WALKED);
  const link = await screen.findByRole("link", { name: "2" }, LATER);
  fireEvent.pointerUp(link);
  fireEvent.click(link);
  await waitFor(() => expect(router.state.location.pathname).toBe("/features/l8/2"));
  expect(new URLSearchParams(router.state.location.searchStr).get("sort")).toBe("density");
  router.history.back();
  await waitFor(() => expect(router.state.location.pathname).toBe("/features"));
  expect(new URLSearchParams(router.state.location.searchStr).get("row")).toBe("1");
});

test("a table that cannot be asked is told, and leads to no other feature", async () => {
  await visit(`/features/l8/2?${ORDER}`, { ...WALKED, [Object.keys(WALKED).at(-2) ?? ""]: undefined });
  expect(await screen.findByRole("alert", {}, LATER)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Next feature" })).toBeDisabled();
});

test.each([
  ["human", "person"],
  ["heuristic", "rule"],
  ["model", "explainer"],
])("whose word a label is stands beside it in the same word everywhere: %s", async (kind, word) => {
  const said = row(2, { label: "rivers", label_kind: kind });
  const labels = [
    { id: 1, sae: "l8", index: 2, what: "label", kind, author: "", text: "rivers", score: null, created: 0 },
  ].map((one) => ({ ...one, replaces: null, current: true, withdrawn: false }));
  const answers = { ...SERVER, "/api/features": aPage(said), "/api/features/l8/2": { ...FEATURE, row: said, labels } };
  const router = await visit("/features?sae=l8", answers);
  expect((await screen.findByText("rivers")).parentElement).toHaveTextContent(`rivers ${word}`);
  await router.navigate({ href: "/features/l8/2" });
  expect((await screen.findByText("label by")).parentElement).toHaveTextContent(`label by${word}`);
  expect(screen.getByText(new RegExp(`^by ${word}`))).toBeInTheDocument();
});
