import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { aCard, anSae } from "../../../test/saes";
import { aModel, asked } from "../../../test/server";
import { visit } from "../../../test/visit";

const sae = (slug: string, metrics: object) => anSae(slug, { metrics });
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/saes": {
    items: [
      sae("wide", { rows: 20_000, fvu: 0.1, mse: 2, l0: 32 }),
      sae("narrow", { rows: 20_000, fvu: 0.2, mse: 4, l0: 32 }),
    ],
    broken: [],
  },
};

test("two that are chosen stand side by side, with the better one marked", async () => {
  const router = await visit("/saes?a=wide", SERVER);
  fireEvent.click(await screen.findByRole("checkbox", { name: "Select row 2" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?a=wide&b=narrow"));
  const side = await screen.findByRole("region", { name: "Side by side" });
  const fvu = within(side).getByRole("row", { name: /FVU/ });
  expect(within(fvu).getByText("better").closest("td")).toHaveTextContent("better 0.1");
  expect(within(side).getByRole("row", { name: /held-out rows/ })).toHaveTextContent("same");
  expect(fvu).toHaveTextContent("+0.1");
});

test("two that were measured on different rows are told apart by that, and by how much fires", async () => {
  const [wide] = SERVER["/api/saes"].items;
  const items = [wide, sae("narrow", { rows: 2_065, fvu: 0.2, mse: 4, l0: 16 })];
  await visit("/saes?a=wide&b=narrow", { ...SERVER, "/api/saes": { items, broken: [] } });
  const side = await screen.findByRole("region", { name: "Side by side" });
  expect(within(side).getByRole("row", { name: /held-out rows/ })).toHaveTextContent(/20\s000\s?2\s065\s?other rows/);
  expect(within(side).getByRole("row", { name: /FVU/ })).toHaveTextContent("measured on other rows");
  expect(within(side).queryByText("better")).toBeNull();
  expect(side).toHaveTextContent("32 and 16 features fire per position");
});

test("between two places of a model no better one is named", async () => {
  const [wide] = SERVER["/api/saes"].items;
  const items = [wide, { ...sae("narrow", { fvu: 0.2, l0: 32 }), site: "L3.resid_post" }];
  await visit("/saes?a=wide&b=narrow", { ...SERVER, "/api/saes": { items, broken: [] } });
  const side = await screen.findByRole("region", { name: "Side by side" });
  expect(side).toHaveTextContent("They read different places");
  expect(within(side).queryByText("better")).toBeNull();
});

test("they stand in the order of the library, and by name where that is asked for", async () => {
  const names = () => screen.getAllByRole("link", { name: /^(wide|narrow)$/ }).map(({ textContent }) => textContent);
  await visit("/saes", SERVER);
  await screen.findByRole("link", { name: "wide" });
  expect(names()).toEqual(["wide", "narrow"]);
  fireEvent.click(screen.getByRole("button", { name: "SAE" }));
  await waitFor(() => expect(names()).toEqual(["narrow", "wide"]));
});

test("a claim that names no SAE says so, and shows nobody else's", async () => {
  await visit("/saes?a=wide&b=nobody", SERVER);
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no SAE nobody here.");
  expect(screen.queryByRole("region", { name: "Side by side" })).toBeNull();
});

test("an empty library tells how to fill it", async () => {
  await visit("/saes", { ...SERVER, "/api/saes": { items: [], broken: [] } });
  expect(await screen.findByText("No SAE is here yet")).toBeInTheDocument();
});

test("what its files do not say is said on import", async () => {
  await visit("/saes", SERVER);
  const fill = (name: RegExp, value: string) =>
    fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
  await screen.findByRole("region", { name: "Import" });
  fill(/^Path or hub id/, " /saes/silent ");
  fill(/^What it reads/, "L5.resid_post");
  fill(/^Model, where/, "gpt2");
  fireEvent.click(screen.getByRole("button", { name: "Import" }));
  const body = { source: "/saes/silent", layer: null, name: "", site: "L5.resid_post", model_name: "gpt2" };
  await waitFor(() => expect(asked).toContainEqual({ method: "POST", path: "/api/saes", body }));
});

test("what lies there and cannot be read is told", async () => {
  const broken = [{ slug: "", path: "/saes/odd", error: "Two formats in one folder.", next: "Keep one." }];
  await visit("/saes", { ...SERVER, "/api/saes": { items: [], broken } });
  expect(await screen.findByRole("alert")).toHaveTextContent("/saes/odd: Two formats in one folder.");
  expect(screen.queryByRole("button", { name: /^Forget/ })).toBeNull();
});

test("an imported one whose files are gone is told once, and can be forgotten", async () => {
  const broken = [
    { slug: "old", path: "/gone/old", error: "There is no /gone/old.", next: "Give the path of an SAE." },
  ];
  await visit("/saes", { ...SERVER, "/api/saes": { items: [], broken }, "/api/saes/old": null });
  expect((await screen.findByRole("alert")).textContent?.match(/gone\/old/g)).toHaveLength(1);
  fireEvent.click(screen.getByRole("button", { name: "Forget old" }));
  await waitFor(() =>
    expect(asked).toContainEqual(expect.objectContaining({ method: "DELETE", path: "/api/saes/old" })),
  );
});

test("those of a sweep are told apart by what differs", async () => {
  const [wide] = SERVER["/api/saes"].items;
  const items = [
    { ...wide, apart: "seed=1" },
    { ...sae("narrow", {}), apart: "seed=2" },
  ];
  await visit("/saes", { ...SERVER, "/api/saes": { items, broken: [] } });
  const link = await screen.findByRole("link", { name: "narrow" });
  expect(link.parentElement).toHaveTextContent("narrow seed=2");
});

test("what was said on import is taken back on the card", async () => {
  const said = { ...sae("theirs", {}), said_model_name: "nobody" };
  await visit("/saes/theirs", { ...SERVER, "/api/saes/theirs/card": aCard(said) });
  fireEvent.click(await screen.findByRole("button", { name: /^Take back/ }));
  const body = { source: "/saes/theirs", layer: null, name: "", site: null, model_name: null };
  await waitFor(() => expect(asked).toContainEqual({ method: "POST", path: "/api/saes", body }));
});

const CARD = "/api/saes/theirs/card";

test("an SAE whose model is not in memory offers to load it, and one whose model is does not", async () => {
  const away = { ...sae("theirs", {}), to_load: "org/other", fit: null };
  await visit("/saes/theirs", { ...SERVER, [CARD]: aCard(away), "/api/models": [] });
  expect(await screen.findByRole("button", { name: "Load org/other" })).toBeEnabled();
});

test("what its model is loaded for needs no loading", async () => {
  await visit("/saes/theirs", { ...SERVER, [CARD]: aCard(sae("theirs", {})) });
  expect(await screen.findByRole("link", { name: "Features" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /^Load/ })).toBeNull();
});

test.each([
  ["trained", "trained here, by a run"],
  ["imported", "imported: brought here by somebody"],
])("a card says where its SAE comes from: %s", async (where, says) => {
  await visit("/saes/theirs", { ...SERVER, [CARD]: aCard(anSae("theirs", { where })) });
  expect(await screen.findByText(says)).toBeInTheDocument();
});

test("a card says what its SAE's rule goes by, each as its files call it", async () => {
  const rule = [
    { name: "kval_topk", value: 64, says: "Features that fire at most." },
    { name: "tied_weights", value: true, says: "W_enc is W_decᵀ." },
    { name: "max_iterations", value: null, says: "Choices for each row at most; null: d_in." },
  ];
  const temporal = anSae("theirs", { architecture: "temporal", k: null });
  await visit("/saes/theirs", { ...SERVER, [CARD]: { ...aCard(temporal), rule } });
  const facts = await screen.findByRole("region", { name: "What it is" });
  const told = (term: string) => within(facts).getByText(term).closest("div");
  expect(told("kval_topk")).toHaveTextContent("kval_topk64");
  expect(told("kval_topk")).toHaveAttribute("title", "Features that fire at most.");
  expect(told("tied_weights")).toHaveTextContent("tied_weightsyes");
  expect(told("max_iterations")).toHaveTextContent("max_iterationsnone");
});

test("figures of other weights are not this SAE's, and that is said", async () => {
  const metrics_say = "Its metrics.json is of other weights (ab12).";
  await visit("/saes/theirs", { ...SERVER, [CARD]: aCard(anSae("theirs", { metrics_say })) });
  expect(await screen.findByText(metrics_say)).toBeInTheDocument();
  expect(screen.queryByText(/Nobody measured/)).toBeNull();
});

const TIED = { twins: [] as string[], dictionaries: ["theirs"], labels: 12, notes: 0, stars: 1, lists: 0 };
const OURS = { ...SERVER, [CARD]: aCard(sae("theirs", {})), "/api/saes/theirs": null, "/api/saes/theirs/tied": TIED };

test("files are deleted when their folder, their size and what hangs on them have been told", async () => {
  const router = await visit("/saes/theirs", OURS);
  fireEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete theirs?" });
  await waitFor(() => expect(dialog).toHaveTextContent("12 labels, 1 star, which stay"));
  for (const fact of ["/saes/theirs", "1.6 MB", "not be tried on a text"]) expect(dialog).toHaveTextContent(fact);
  expect(within(dialog).getByRole("link", { name: "theirs" })).toHaveAttribute("href", "/features?sae=theirs");
  fireEvent.click(within(dialog).getByRole("button", { name: "Delete its files" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/saes"));
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/api/saes/theirs" });
});

test("the dialog begins on Cancel, and leaves everything as it is", async () => {
  await visit("/saes/theirs", OURS);
  const before = asked.length;
  fireEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete theirs?" });
  const cancel = within(dialog).getByRole("button", { name: "Cancel" });
  expect(cancel).toHaveAttribute("data-autofocus");
  fireEvent.click(cancel);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked.length).toBe(before);
});

test("a copy of it that is here is told, and that nothing is lost with these files", async () => {
  await visit("/saes/theirs", { ...OURS, "/api/saes/theirs/tied": { ...TIED, twins: ["copy"] } });
  fireEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete theirs?" });
  await waitFor(() => expect(dialog).toHaveTextContent("are here as copy, too"));
  expect(dialog).not.toHaveTextContent("not be tried on a text");
});

test("one whose files stay where they are is forgotten without a question", async () => {
  const theirs = aCard(anSae("theirs", { where: "trained", kept_here: false }));
  await visit("/saes/theirs", { ...OURS, [CARD]: theirs });
  fireEvent.click(await screen.findByRole("button", { name: "Forget" }));
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/api/saes/theirs" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});
