import { notifications, notificationsStore } from "@mantine/notifications";
import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { anEndedRun, aWholeRun } from "../../../test/runs";
import { aModel, asked } from "../../../test/server";
import { TRAIN } from "../../../test/trainSchema";
import { visit } from "../../../test/visit";
import type { RunRow } from "../../api/types";
import { moment } from "./words";

const row = (id: string, more: Partial<RunRow> = {}) =>
  anEndedRun(id, { tags: ["demo"], asked: "seed 7", headline: { fvu: 0.125 }, ...more });
const CARD = {
  kind: "train_sae",
  title: "Train an autoencoder",
  says: "Learns.",
  evidence: "decomposition",
  form: TRAIN,
};
const page = (rows: object[]) => ({
  rows,
  total: rows.length,
  families: { train_sae: rows.length },
  statuses: rows.length > 0 ? { succeeded: rows.length } : {},
  tags: [],
  deleted: 0,
});
const RUN = aWholeRun("r1", {
  row: row("r1", { status: "failed", failure: { error: "The disk is full.", next: "Make room." } }),
  spec: { kind: "train_sae", data: { path: "acts" }, seed: 7 },
  metrics: { fvu: 0.125 },
  artifacts: [{ path: "spec.json", bytes: 20, sha256: null, kind: "json" }],
  links: [{ title: "SAE one", href: "/features?sae=one" }],
});

/** A form asks once typing rests. */
const PATIENT = { timeout: 5_000 };

const WAYS = [
  { says: "Write to /saes-2", fields: { out: "/saes-2" } },
  { says: "Replace what stands there", fields: { replace: true } },
];

afterEach(() => act(() => notifications.clean()));

test("without runs the list offers what can be run", async () => {
  await visit("/runs", { "/api/runs": page([]), "/api/families": [CARD] });
  expect(await screen.findByRole("heading", { level: 1, name: "Nothing was run yet" })).toBeVisible();
  expect(await screen.findByRole("link", { name: "New run: Train an autoencoder" })).toHaveAttribute(
    "href",
    "/experiments/train_sae/new",
  );
});

test("runs are listed with what came of them, each a link", async () => {
  await visit("/runs", { "/api/runs": page([row("r1"), row("r2")]), "/api/families": [CARD] });
  expect(await screen.findByRole("link", { name: "run r2" })).toHaveAttribute("href", "/runs/r2");
  expect(screen.getByRole("table", { name: "Runs" })).toHaveAttribute("aria-rowcount", "3");
  expect(screen.getAllByText("fvu 0.125")).toHaveLength(2);
});

test("a filter that lets nothing through can be taken off", async () => {
  const router = await visit("/runs?tag=none", {
    "/api/runs": { ...page([]), statuses: { succeeded: 3 } },
    "/api/families": [CARD],
  });
  expect(await screen.findByRole("combobox", { name: "Tag" })).toHaveValue("none");
  fireEvent.click(await screen.findByRole("button", { name: "Show all runs" }));
  await vi.waitFor(() => expect(router.state.location.searchStr).toBe(""));
});

test("a run that has no result yet says what it was asked for, in both lists", async () => {
  const planned = row("r3", { status: "planned", headline: {}, ended: null });
  await visit("/runs", { "/api/runs": page([row("r1"), planned]), "/api/families": [CARD] });
  expect(await screen.findAllByText("seed 7")).toHaveLength(1);
  cleanup();
  const totals = { running: 0, planned: 1, held: 0, ended: 1 };
  const queue = { paused: false, workers: [], totals, running: [], planned: [planned], held: [], ended: [row("r1")] };
  await visit("/queue", { "/api/queue": queue, "/api/families": [CARD] });
  expect(await screen.findAllByText("seed 7")).toHaveLength(1);
});

test("runs that were put away have a list of their own, and come back from it", async () => {
  await visit("/runs", { "/api/runs": { ...page([row("r1")]), deleted: 1 }, "/api/families": [CARD] });
  fireEvent.click(await screen.findByRole("button", { name: "Deleted · 1" }));
  const away = "/api/runs?deleted=true&sort=created&desc=true&offset=0&limit=200";
  cleanup();
  await visit("/runs?deleted=1", {
    [away]: { ...page([row("r2", { deleted: 1_700_000_090 })]), deleted: 1 },
    "/api/families": [CARD],
    "/api/runs/r2/restore": RUN,
  });
  expect(await screen.findByText("run r2")).toBeVisible();
  expect(screen.queryByRole("link", { name: "run r2" })).toBeNull();
  expect(screen.queryByRole("checkbox")).toBeNull();
  asked.length = 0;
  fireEvent.click(screen.getByRole("button", { name: "Restore run r2" }));
  expect(await screen.findByText("run r2 is on the list again.", {}, PATIENT)).toBeVisible();
  expect(asked.map(({ path }) => path)).toEqual(["/api/runs/r2/restore"]);
});

test("where every run was put away the first page leads to them", async () => {
  await visit("/runs", { "/api/runs": { ...page([]), deleted: 2 }, "/api/families": [CARD] });
  expect(await screen.findByRole("link", { name: "2 runs can be restored" })).toHaveAttribute(
    "href",
    "/runs?deleted=1",
  );
});

test("a run began with its first attempt; where there were several that is told, and when the last began", async () => {
  const fact = (name: string) => screen.queryByText(name)?.nextElementSibling?.textContent;
  const again = { attempts: 3, began: 1_700_000_000, started: 1_700_003_600 };
  await visit("/runs/r1", { "/api/runs/r1": { ...RUN, row: row("r1", again) }, "/api/families": [CARD] });
  await screen.findByText("began");
  expect([fact("began"), fact("attempts"), fact("last began")]).toEqual([
    moment(again.began),
    "3",
    moment(again.started),
  ]);
  cleanup();
  await visit("/runs/r1", { "/api/runs/r1": RUN, "/api/families": [CARD] });
  await screen.findByText("began");
  expect([fact("began"), fact("attempts")]).toEqual([moment(1_700_000_000), undefined]);
});

test("a run says why it failed, what it made, and what can be done", async () => {
  await visit("/runs/r1", { "/api/runs/r1": RUN, "/api/families": [CARD] });
  expect(await screen.findByText("Make room.")).toBeVisible();
  expect(screen.getByRole("link", { name: "SAE one" })).toHaveAttribute("href", "/features?sae=one");
  expect(screen.getByRole("button", { name: "Requeue" })).toBeEnabled();
  expect(screen.getByRole("link", { name: "Duplicate with changes" })).toHaveAttribute(
    "href",
    "/experiments/train_sae/new?from=r1",
  );
});

test("what a run made leads on as long as it is there, and what it read is named", async () => {
  const SPEC = { kind: "sae_stability", saes: ["sae_layer_1", "/else/where"], activations: "/data/acts" };
  await visit("/runs/r1", {
    "/api/runs/r1": {
      ...RUN,
      spec: SPEC,
      made: [
        { what: "sae", path: "/saes/here", missing: false },
        { what: "sae", path: "/saes/moved", missing: true },
      ],
    },
    "/api/families": [CARD],
    "/api/saes": { items: [{ slug: "sae_layer_1", path: "/saes/sae_layer_1" }], broken: [] },
  });
  const card = await screen.findByRole("region", { name: "Made and used" });
  expect(within(card).getAllByRole("link", { name: "Evaluate it" })).toHaveLength(1);
  expect(
    within(card)
      .getByText(/It is gone/)
      .closest("div"),
  ).toHaveTextContent("/saes/moved");
  expect(within(card).getByText("/data/acts")).toBeVisible();
  expect(await within(card).findByRole("link", { name: "SAE sae_layer_1" })).toHaveAttribute(
    "href",
    "/saes/sae_layer_1",
  );
  expect(within(card).getByText("/else/where").closest("div")?.querySelector("a")).toBeNull();
});

test("patches that a run read are called by their names and lead to their pages", async () => {
  await visit("/runs/r1", {
    "/api/runs/r1": {
      ...RUN,
      spec: { kind: "behaviour_rates", patches: "both", attached: "one", alternatives: ["no"] },
    },
    "/api/runs/r1/patches": [
      { hash: "both", what: "set", name: "Quiet and polite" },
      { hash: "one", what: "patch", name: "adapter trojan" },
      { hash: "no", what: null, name: "" },
    ],
    "/api/families": [CARD],
  });
  const card = await screen.findByRole("region", { name: "Made and used" });
  const set = await within(card).findByRole("link", { name: "Quiet and polite" });
  expect(set).toHaveAttribute("href", "/patches/sets/both");
  expect(within(card).getByRole("link", { name: "adapter trojan" })).toHaveAttribute("href", "/patches/one");
  expect(within(card).getByText("It is not here.").closest("div")).toHaveTextContent("no");
});

test("a run that cannot run again as it was leads to a duplicate, or to one that replaces what stands there", async () => {
  await visit("/runs/r1", {
    "/api/runs/r1": { ...RUN, row: row("r1") },
    "/api/families": [CARD],
    "/api/preflight/ways": WAYS,
  });
  fireEvent.click(await screen.findByRole("button", { name: "Run again" }));
  const dialog = await screen.findByRole("dialog", { name: "It cannot run again as it is" });
  expect(within(dialog).getByRole("link", { name: "Duplicate with changes" })).toHaveAttribute(
    "href",
    "/experiments/train_sae/new?from=r1",
  );
  expect(await within(dialog).findByRole("button", { name: "Run again and write to /saes-2" })).toBeEnabled();
  expect(within(dialog).getByRole("button", { name: "Run again and replace what stands there" })).toBeEnabled();
  fireEvent.click(within(dialog).getByRole("button", { name: "Leave it" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("one that has nothing to replace is not offered to", async () => {
  await visit("/runs/r1", { "/api/runs/r1": RUN, "/api/families": [CARD] });
  fireEvent.click(await screen.findByRole("button", { name: "Run again" }));
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).getByRole("alert")).toHaveTextContent("It is not loaded.");
  expect(within(dialog).queryByRole("button", { name: /^Run again and/ })).toBeNull();
});

test("a form that is refused for what stands in its place offers a free place, which one click fills in", async () => {
  const form = { type: "object", properties: { out: { type: "string", default: "" } } };
  await visit("/experiments/train_sae/new", { "/api/families": [{ ...CARD, form }], "/api/preflight/ways": WAYS });
  expect(await screen.findByRole("alert", {}, PATIENT)).toHaveTextContent("It is not loaded.");
  fireEvent.click(await screen.findByRole("button", { name: "Write to /saes-2" }, PATIENT));
  expect(screen.getByRole("textbox", { name: "Out" })).toHaveValue("/saes-2");
  expect(screen.queryByRole("button", { name: "Write to /saes-2" })).toBeNull();
});

test("curves and log that were not told yet are waited for, not said to be none", async () => {
  await visit("/runs/r1?tab=metrics", { "/api/runs/r1": RUN, "/api/families": [CARD] });
  expect(await screen.findByText("Fetching the curves…")).toBeVisible();
  expect(screen.queryByText("No curve yet")).toBeNull();
  fireEvent.click(screen.getByRole("tab", { name: /Log/ }));
  expect(await screen.findByText("Fetching the log…")).toBeVisible();
});

test("what was cancelled counts down no more, and says whose time it tells", async () => {
  const progress = {
    done: 5_000,
    of: 20_000,
    unit: "rows",
    stage: "training",
    per_s: 26_900,
    left_s: 372,
    worked_s: null,
  };
  await visit("/runs/r1", {
    "/api/runs/r1": { ...RUN, row: row("r1", { status: "cancelled", progress, attempts: 2 }) },
    "/api/families": [CARD],
  });
  expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuetext", "training, 5\u2009000 of 20 k rows");
  expect(screen.queryByText(/left/)).toBeNull();
  expect(screen.getByText("last attempt took")).toBeVisible();
});

test("a run that does not exist is an error page", async () => {
  await visit("/runs/nobody", {});
  expect(await screen.findByRole("alert")).toHaveTextContent("It is not loaded.");
});

test("a duplicate's form has the spec's fields", async () => {
  await visit("/experiments/train_sae/new?from=r1", {
    "/api/runs/r1": RUN,
    "/api/families": [CARD],
    "/api/preflight": { spec: {}, says: [], warnings: [] },
  });
  expect(await screen.findByRole("textbox", { name: /^Seed/ })).toHaveValue("7");
  expect(screen.getByRole("textbox", { name: /^Path/ })).toHaveValue("acts");
});

test("the form of a new run is of the model at the top left, and that is what is sent", async () => {
  const form = { type: "object", properties: { model: { type: "string", default: "", chosen: "model" } } };
  await visit("/experiments/train_sae/new", {
    "/api/families": [{ ...CARD, form }],
    "/api/model_info": { ...aModel("gpt2"), name: "openai/gpt2" },
    "/api/models": [],
    "/api/preflight": { spec: {}, says: [], warnings: [] },
  });
  expect(await screen.findByRole("combobox", { name: /^Model/ })).toHaveValue("openai/gpt2");
  expect(within(screen.getByRole("tree", { name: "spec" })).getByText(/openai\/gpt2/)).toBeVisible();
});

test("what was typed into a form is there again after a reload, and not in a form that is opened anew", async () => {
  const answers = { "/api/families": [CARD], "/api/preflight": { spec: {}, says: [], warnings: [] } };
  const address = "/experiments/train_sae/new";
  const router = await visit(address, answers);
  const type = async (box: string, text: string) =>
    fireEvent.change(await screen.findByRole("textbox", { name: box }), { target: { value: text } });
  await type("Path", "acts");
  await type("Name", "mine");
  const { history } = router;
  cleanup();
  await visit(address, answers, history);
  expect(await screen.findByRole("textbox", { name: "Path" })).toHaveValue("acts");
  expect(screen.getByRole("textbox", { name: "Name" })).toHaveValue("mine");
  cleanup();
  await visit(address, answers);
  expect(await screen.findByRole("textbox", { name: "Name" })).toHaveValue("");
});

const ASKS = {
  ...CARD,
  form: { type: "object", properties: { activations: { type: "array", items: { type: "string" } } } },
};
const RECORDED = "/api/runs?family=record_activations&status=succeeded&offset=0&limit=20";

test("a field that is given several values makes a sweep, which is counted before it is queued under one tag", async () => {
  const form = { type: "object", properties: { seed: { type: "integer", default: 0 } } };
  const child = { name: "one", at: { seed: 1 }, run: null, status: null };
  const old = { name: "two", at: { seed: 2 }, run: "r2", status: "succeeded" };
  const router = await visit("/experiments/train_sae/new", {
    "/api/families": [{ ...CARD, form }],
    "/api/preflight": { spec: {}, says: [], warnings: [] },
    "/api/sweeps/preflight": { total: 2, new: 1, children: [child, old], says: ["Trains."] },
    "/api/sweeps": { tag: "seeds", queued: 1, total: 2 },
    "/api/runs": page([row("r2")]),
  });
  fireEvent.click(await screen.findByRole("button", { name: "Vary a field" }));
  fireEvent.click(screen.getByRole("combobox", { name: "Field 1" }));
  fireEvent.click(await screen.findByRole("option", { name: "Seed" }));
  fireEvent.change(screen.getByRole("textbox", { name: "Values 1" }), { target: { value: "1, 2" } });
  fireEvent.change(screen.getByRole("textbox", { name: "Tag of all runs" }), { target: { value: "seeds" } });
  expect(await screen.findByText(/into the queue; of 1 more there is a run already/, {}, PATIENT)).toBeVisible();
  expect(screen.getByRole("link", { name: "r2" })).toHaveAttribute("href", "/runs/r2");
  asked.length = 0;
  fireEvent.click(screen.getByRole("button", { name: "Queue 1 run" }));
  await vi.waitFor(() => expect(router.state.location.href).toBe("/runs?tag=seeds"));
  expect(asked[0]?.path).toBe("/api/sweeps");
  expect(asked[0]?.body).toMatchObject({ spec: { kind: "train_sae" }, axes: ["seed=1, 2"], tag: "seeds" });
});

test("recordings that runs have made are offered where one is asked for", async () => {
  await visit("/experiments/train_sae/new", {
    "/api/families": [ASKS],
    [RECORDED]: page([row("rec", { family: "record_activations" })]),
    "/api/runs/rec": { ...RUN, made: [{ what: "recording", path: "/data/layer_7", missing: false }] },
    "/api/models": [],
    "/api/preflight": { spec: {}, says: [], warnings: [] },
  });
  const box = await screen.findByLabelText("Activations");
  await vi.waitFor(() => expect(box).toHaveAttribute("placeholder", "choose, or type, then Enter"));
  expect(screen.queryByRole("note")).toBeNull();
  fireEvent.click(box);
  fireEvent.click(await screen.findByRole("option", { name: "/data/layer_7" }));
  expect(within(screen.getByRole("tree", { name: "spec" })).getByText(/layer_7/)).toBeVisible();
});

test("without one the form leads to what makes them", async () => {
  await visit("/experiments/train_sae/new", {
    "/api/families": [ASKS],
    [RECORDED]: page([]),
    "/api/models": [],
    "/api/preflight": { spec: {}, says: [], warnings: [] },
  });
  const note = await screen.findByRole("note");
  expect(within(note).getByRole("link", { name: "Record activations" })).toHaveAttribute(
    "href",
    "/experiments/record_activations/new",
  );
});

test("the queue has the runs in their order, and the ends of it cannot be crossed", async () => {
  await visit("/queue", {
    "/api/queue": {
      paused: true,
      workers: ["host:1"],
      totals: { running: 0, planned: 230, held: 0, ended: 1 },
      running: [],
      planned: ["a", "b", "low"].map((id, at) =>
        row(id, { status: "planned", place: at + 1, priority: id === "low" ? -3 : 0 }),
      ),
      held: [],
      ended: [row("c")],
    },
    "/api/families": [CARD],
  });
  const planned = await screen.findByRole("list", { name: /Planned runs/ });
  expect(
    within(planned)
      .getAllByRole("link")
      .map((link) => link.textContent),
  ).toEqual(["run a", "run b", "run low"]);
  expect(within(planned).getByRole("button", { name: "Move run a up" })).toBeDisabled();
  expect(within(planned).getByRole("button", { name: "Move run a down" })).toBeEnabled();
  expect(screen.getByRole("button", { name: "Resume the queue" })).toBeVisible();
  expect(screen.getByRole("radio", { name: "planned 230" })).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "and 227 more" })).toHaveAttribute("href", "/runs?status=planned");
  expect(screen.getByRole("link", { name: "230 queued, queue paused" })).toBeVisible();
  expect(screen.getAllByRole("link", { name: /more$/ })).toHaveLength(1);
  fireEvent.keyDown(within(planned).getAllByRole("listitem")[2] ?? planned, { key: "ArrowUp", altKey: true });
  const said = notificationsStore.getState().notifications.map(({ title }) => title);
  expect(said).toContain("run low stays among the runs of its priority, -3.");
});
