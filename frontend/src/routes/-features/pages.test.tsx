import { fireEvent, screen, waitFor } from "@testing-library/react";
import { aPage, aRow, DICTIONARY } from "../../../test/dictionary";
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

const SAE = {
  slug: "l8",
  where: "own",
  path: "/saes/l8",
  source: "",
  format: "microscope",
  architecture: "topk",
  k: 32,
  site: "L8.resid_post",
  site_out: "",
  layer: 8,
  model_name: "specimen",
  weights_sha256: "",
  d_in: 4,
  d_sae: 4,
  d_out: 4,
  bytes: 1,
  metrics: {},
  resident: false,
  fit: null,
};
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
