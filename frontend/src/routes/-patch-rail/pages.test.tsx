import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { aModel, asked, serve } from "../../../test/server";
import { visit } from "../../../test/visit";
import { EMPTY_RAIL } from "../../lib/patchRail";
import { NEW, railOf } from "./rails";

const SCOPE = { type: "all" };
const info = (hash: string, name: string, weights_sha256 = "w") => ({
  hash,
  name,
  patch: { kind: "steer", site: "L7.resid_post", direction: "AACAPw==", scale: 3 },
  where: "L7.resid_post",
  says: "Adds 3 along it.",
  source: { type: "feature", sae: "l8", feature: 2, kind: "steer", everywhere: false, value: null },
  model: weights_sha256 === "w" ? "m" : "other",
  model_name: "m",
  weights_sha256,
  made_at: 1_700_000_000,
});
const [A, B, C] = [info("a", "Away with it"), info("b", "Held", "v"), info("c", "Pushed")];
const member = (of: typeof A, strength: number, says: string) => ({
  hash: of.hash,
  patch: of.patch,
  strength,
  scope: SCOPE,
  says,
});
const BOTH = { hash: "both", members: [member(A, 2, "Adds 6 along it."), member(B, 1, "Adds 3 along it.")] };
const SERVER = {
  "/api/model_info": { ...aModel("m"), weights_sha256: "w" },
  "/api/models/m/examples": [],
  "/api/models": [],
  "/api/conversations": { items: [], total: 0 },
  "/api/patches": { items: [A, B, C], broken: [] },
  "/api/patches/a": A,
  "/api/patches/b": B,
  "/api/patches/c": C,
  "/api/patch-sets/both": BOTH,
};
/** What the server answers when it is given a set to keep. */
const keeping = (hash: string, ...members: ReturnType<typeof member>[]) => ({
  ...SERVER,
  "/api/patch-sets": { hash, members },
});

const rail = () => screen.findByRole("region", { name: "Patches" }, { timeout: 20_000 });
const given = () => asked.filter(({ path }) => path === "/api/patch-sets").at(-1)?.body;

beforeEach(() => {
  sessionStorage.clear();
  railOf(NEW).set(EMPTY_RAIL);
  // Set up first: a rail that is open beside the page needs a wide screen.
  const { matchMedia } = window;
  vi.stubGlobal("matchMedia", (query: string) => ({ ...matchMedia(query), matches: query === "(min-width: 1280px)" }));
});
afterEach(() => vi.unstubAllGlobals());

test("a link with a set opens the rail with its patches, in order, and says of which model one was made", async () => {
  await visit("/chat?patches=both", SERVER);
  const panel = await rail();
  const members = await within(panel).findAllByRole("listitem");
  await within(panel).findByRole("switch", { name: "Held in force" });
  expect(members.map((one) => within(one).getByRole("link").textContent)).toEqual(["Away with it", "Held"]);
  expect(members[0]).toHaveTextContent("Adds 6 along it.");
  expect(members[1]).toHaveTextContent("Made for other.");
  expect(within(panel).getByRole("slider", { name: "Strength of Away with it" })).toHaveAttribute("aria-valuenow", "2");
  expect(panel).toHaveTextContent("2 in force");
  expect(screen.getByRole("button", { name: "Patches, 2 in force" })).toHaveAttribute("aria-expanded", "true");
});

test("what is switched off leaves the address and stays on the rail, and is undone with the keyboard", async () => {
  const router = await visit("/chat?patches=both", SERVER);
  const panel = await rail();
  const held = await within(panel).findByRole("switch", { name: "Held in force" });
  serve(keeping("one", ...BOTH.members.slice(0, 1)));
  fireEvent.click(held);
  await waitFor(() => expect(router.state.location.searchStr).toBe("?patches=one"));
  expect(given()).toEqual({
    model: "m",
    members: [{ source: { type: "kept", hash: "a" }, strength: 2, scope: SCOPE }],
  });
  expect(held).not.toBeChecked();
  expect(within(panel).getAllByRole("listitem")).toHaveLength(2);
  expect(panel).toHaveTextContent("1 of 2 in force");

  serve(keeping("both", ...BOTH.members));
  fireEvent.keyDown(held, { key: "z", ctrlKey: true });
  await waitFor(() => expect(router.state.location.searchStr).toBe("?patches=both"));
  expect(held).toBeChecked();
  serve(keeping("one", ...BOTH.members.slice(0, 1)));
  fireEvent.keyDown(held, { key: "Z", ctrlKey: true, shiftKey: true });
  await waitFor(() => expect(router.state.location.searchStr).toBe("?patches=one"));

  router.history.back();
  await waitFor(() => expect(held).toBeChecked());
});

test("with the last one off nothing is in force, and the rail stays open", async () => {
  const router = await visit("/chat?patches=one", {
    ...SERVER,
    "/api/patch-sets/one": { ...BOTH, hash: "one", members: BOTH.members.slice(0, 1) },
  });
  const panel = await rail();
  fireEvent.click(await within(panel).findByRole("switch", { name: "Away with it in force" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?rail=1"));
  expect(within(panel).getByRole("switch", { name: "Away with it in force" })).not.toBeChecked();
  expect(panel).toHaveTextContent("0 of 1 in force");
});

test("a patch of this model is added from the library by its name", async () => {
  const router = await visit("/chat?rail=1", keeping("new", member(C, 1, "Adds 3 along it.")));
  const panel = await rail();
  expect(panel).toHaveTextContent("the model is as it is");
  fireEvent.click(within(panel).getByRole("textbox", { name: "Add a patch of the library" }));
  const offered = await screen.findAllByRole("option");
  expect(offered.map(({ textContent }) => textContent)).toEqual([
    "Away with itAdds 3 along it.",
    "PushedAdds 3 along it.",
  ]);
  expect(screen.getByText("1 more for other models")).toBeInTheDocument();
  fireEvent.click(screen.getByRole("option", { name: /^Pushed/ }));
  await waitFor(() => expect(router.state.location.search.patches).toBe("new"));
  expect(await within(panel).findByRole("switch", { name: "Pushed in force" })).toBeChecked();
});

test("what the server refuses is told where it was asked for, and can be undone", async () => {
  await visit("/chat?patches=both", SERVER);
  const panel = await rail();
  fireEvent.click(await within(panel).findByRole("switch", { name: "Held in force" }));
  expect(await within(panel).findByRole("alert")).toHaveTextContent("It is not loaded.");
  serve(keeping("both", ...BOTH.members));
  fireEvent.click(within(panel).getByRole("button", { name: "Undo the last step" }));
  await waitFor(() => expect(within(panel).queryByRole("alert")).toBeNull());
});

test("a set that is not here is told, and the chat goes on without it", async () => {
  const router = await visit("/chat?patches=gone", SERVER);
  const alert = await screen.findByRole("alert", {}, { timeout: 20_000 });
  expect(alert).toHaveTextContent("Until then the model is as it is.");
  expect(screen.getByRole("textbox", { name: "Message" })).toBeEnabled();
  fireEvent.click(within(alert).getByRole("button", { name: "Go on without patches" }));
  await waitFor(() => expect(router.state.location.searchStr).toBe("?rail=1"));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a patch's page begins a conversation with it", async () => {
  const router = await visit("/patches/a?strength=-2", {
    ...keeping("minus", member(A, -2, "Adds −6 along it.")),
    "/api/model_info?model=m": undefined,
  });
  fireEvent.click(await screen.findByRole("button", { name: "Use in chat" }, { timeout: 20_000 }));
  await waitFor(() => expect(router.state.location.href).toBe("/chat?patches=minus"));
  expect(given()).toEqual({
    model: "m",
    members: [{ source: { type: "kept", hash: "a" }, strength: -2, scope: SCOPE }],
  });
});

test("a patch that is moved keeps the keyboard, at an end of the list with the way back", async () => {
  await visit("/chat?patches=both", SERVER);
  const panel = await rail();
  const up = await within(panel).findByRole("button", { name: "Move Held up" });
  serve(keeping("turned", ...BOTH.members.toReversed()));
  up.focus();
  fireEvent.click(up);
  const [first] = within(panel).getAllByRole("listitem");
  expect(first).toHaveTextContent("Held");
  expect(within(panel).getByRole("button", { name: "Move Held down" })).toHaveFocus();
  await railOf(NEW).settled();
});

test("a run of keys on one slider is one step", async () => {
  await visit("/chat?patches=both", SERVER);
  const panel = await rail();
  await within(panel).findByRole("switch", { name: "Away with it in force" }, { timeout: 5_000 });
  const slider = within(panel).getByRole("slider", { name: "Strength of Away with it" });
  serve(keeping("more", member(A, 2.1, "Adds 6.3 along it."), BOTH.members[1] ?? member(B, 1, "")));
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft"]) fireEvent.keyDown(slider, { key });
  expect(slider).toHaveAttribute("aria-valuenow", "1.85");
  expect(railOf(NEW).rail().past).toHaveLength(1);
  fireEvent.keyDown(slider, { key: "z", ctrlKey: true });
  expect(slider).toHaveAttribute("aria-valuenow", "2");
  // The rail outlives the page: what it brings about ends here.
  await waitFor(() => expect(railOf(NEW).behind).toBe(false), { timeout: 5_000 });
});

test("a patch acts where a feature fires: its SAE is asked for by name, and the set has it by its hash", async () => {
  const fires = { type: "feature", sae: "e".repeat(64), site: "L3.resid_post", feature: 7, above: 0.5 };
  const sae = { slug: "l3", fit: { model: "m", fits: true, says: "", warnings: [] } };
  await visit("/chat?patches=both", { ...SERVER, "/api/saes": { items: [sae], broken: [] } });
  const panel = await rail();
  const where = await within(panel).findByRole("combobox", { name: "Where Away with it acts" }, { timeout: 20_000 });
  fireEvent.change(where, { target: { value: "feature" } });
  await within(panel).findByRole("option", { name: "l3" });
  // Nothing is in force there yet.
  expect(where).toHaveDisplayValue("at every token");
  fireEvent.change(within(panel).getByRole("textbox", { name: "Feature where Away with it acts" }), {
    target: { value: "7" },
  });
  fireEvent.change(within(panel).getByRole("textbox", { name: "Activation above which Away with it acts" }), {
    target: { value: "0.5" },
  });
  const kept = { ...member(A, 2, "Adds 6 along it."), scope: fires };
  serve({ ...SERVER, "/api/patch-scopes": fires, "/api/patch-sets": { hash: "gated", members: [kept] } });
  fireEvent.blur(within(panel).getByRole("textbox", { name: "Feature where Away with it acts" }));
  fireEvent.blur(within(panel).getByRole("textbox", { name: "Activation above which Away with it acts" }));
  fireEvent.click(within(panel).getByRole("button", { name: "Use" }));
  await waitFor(() => expect(where).toHaveDisplayValue("where feature 7 of L3.resid_post exceeds 0.5"));
  expect(asked.find(({ path }) => path === "/api/patch-scopes")?.body).toEqual({
    type: "feature",
    site: null,
    sae: "l3",
    feature: 7,
    above: 0.5,
  });
  await waitFor(() => expect(given()).toMatchObject({ members: [{ scope: fires }, { scope: SCOPE }] }));
});
