import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { aModel, asked, serve } from "../../../test/server";
import { visit } from "../../../test/visit";
import { vocabularyFile } from "../../../test/vocabulary";
import { otherSet, vsOfSet } from "../-view/sides";

const info = (hash: string, name: string) => ({
  hash,
  name,
  patch: { kind: "steer", site: "L7.resid_post", direction: "AACAPw==", scale: 3 },
  where: "L7.resid_post",
  says: "Adds 3 along it.",
  source: { type: "feature", sae: "l8", feature: 2, kind: "steer", everywhere: false, value: null },
  model: "m",
  model_name: "m",
  weights_sha256: "w",
  made_at: 1_700_000_000,
  put_away: null,
});
const [A, B] = [info("a", "Away with it"), info("b", "Held")];
const member = (of: typeof A, strength: number) => ({
  hash: of.hash,
  patch: of.patch,
  strength,
  scope: { type: "all" },
  says: `Adds ${3 * strength} along it.`,
});
const [MINE, THEIRS, BOTH] = [
  { hash: "mine", name: "", members: [member(A, 2)] },
  { hash: "theirs", name: "", members: [member(B, 1)] },
  { hash: "both", name: "", members: [member(A, 2), member(B, 1)] },
];
const run = (hash: string, patches: string | null) => ({
  hash,
  model: "m",
  model_name: "m",
  weights_sha256: "w",
  ids: [1, 2],
  roles: ["text", "text"],
  patches,
  resident: true,
});
const SERVER = {
  "/api/model_info": { ...aModel("m"), weights_sha256: "w", tokenizer_sha256: "t" },
  "/api/models/m/vocab": vocabularyFile(["<|begin|>", " The", " cat"]),
  "/api/models": [],
  "/api/patches/a": A,
  "/api/patches/b": B,
  "/api/patch-sets/mine": MINE,
  "/api/patch-sets/theirs": THEIRS,
  "/api/patch-sets/both": BOTH,
  "/api/traces/of-both": run("of-both", "both"),
  "/api/traces/of-mine": run("of-mine", "mine"),
  "/api/traces/of-theirs": run("of-theirs", "theirs"),
  "/api/traces/plain": run("plain", null),
};
const rail = () => screen.findByRole("region", { name: "Patches" }, { timeout: 20_000 });
const inForce = (name: string) => screen.findByRole("switch", { name: `${name} in force` }, { timeout: 5_000 });
const asksOf = (path: string) => asked.filter((one) => one.path === path).map(({ body }) => body);

beforeEach(() => {
  sessionStorage.clear();
  asked.length = 0;
});

test("an edit keeps the set, runs the same text under it, and leads there with the whole view; Back undoes it", async () => {
  const router = await visit("/lens/of-both?token=1&k=4&rail=1", SERVER);
  const panel = await rail();
  serve({ ...SERVER, "/api/patch-sets": MINE, "/api/traces": run("of-mine", "mine") });
  const held = await inForce("Held");
  fireEvent.click(held);
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/of-mine"));
  expect(router.state.location.search).toMatchObject({ token: "1", k: "4", rail: "1" });
  expect(asksOf("/api/traces")).toEqual([{ model: null, text: null, ids: null, patches: "mine", trace: "of-both" }]);
  // The page is the same one: what was clicked is still there, and off.
  expect(held).not.toBeChecked();
  expect(held).toBeInTheDocument();
  expect(panel).toHaveTextContent("1 of 2 in force");

  router.history.back();
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/of-both"));
  await waitFor(() => expect(held).toBeChecked());
  // The last patch that goes leads to the text as the model reads it, and leaves the rail open.
  serve({ ...SERVER, "/api/patch-sets": THEIRS, "/api/traces": run("of-theirs", "theirs") });
  fireEvent.click(await inForce("Away with it"));
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/of-theirs"));
  serve({ ...SERVER, "/api/traces": run("plain", null) });
  fireEvent.click(held);
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/plain"));
  expect(asksOf("/api/traces").at(-1)).toMatchObject({ trace: "of-theirs", patches: null });
  expect(router.state.location.search).toMatchObject({ rail: "1" });
});

test("a trace that is opened by a link shows its set, and one without patches an empty rail", async () => {
  await visit("/lens/of-mine?rail=1", SERVER);
  expect(await inForce("Away with it")).toBeChecked();
  expect(screen.queryByRole("note", { name: "Patches in force" })).toBeNull();
});

test("another set stands beside by the address, and is changed about with the first one", async () => {
  const router = await visit("/lens/of-mine?vs=set:theirs&rail=1", {
    ...SERVER,
    "/api/traces": run("of-theirs", "theirs"),
  });
  const other = await screen.findByRole("region", { name: "Other text" }, { timeout: 20_000 });
  await waitFor(() => expect(within(other).getByRole("heading")).toHaveTextContent("Held × 1"));
  expect(asksOf("/api/traces")).toEqual([{ model: null, text: null, ids: null, patches: "theirs", trace: "of-mine" }]);
  const compared = within(await rail()).getByRole("region", { name: "Comparison" });
  expect(compared).toHaveTextContent("AAway with it × 2BHeld × 1");
  fireEvent.click(within(compared).getByRole("button", { name: "Swap A and B" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/of-theirs"));
  expect(router.state.location.search).toMatchObject({ vs: "set:mine" });
  expect(await inForce("Held")).toBeChecked();
});

test("a comparison with a set that is not here is told, and ended there", async () => {
  const router = await visit("/lens/of-mine?vs=set:gone", SERVER);
  fireEvent.click(await screen.findByRole("button", { name: "Stop comparing" }, { timeout: 20_000 }));
  await waitFor(() => expect(router.state.location.searchStr).toBe(""));
});

test("a set is named on the rail, and called something else there; Escape leaves what it is called", async () => {
  await visit("/lens/of-mine?rail=1", { ...SERVER, "/api/patch-sets/mine/name": { ...MINE, name: "Calm" } });
  const panel = await rail();
  const box = () => within(panel).getByRole("textbox", { name: "Name of the set" });
  const named = (name: string) => within(panel).findByRole("link", { name });
  fireEvent.click(await within(panel).findByRole("button", { name: "Name this set" }));
  fireEvent.change(box(), { target: { value: " Calm " } });
  fireEvent.submit(box());
  expect(await named("Calm")).toHaveAttribute("href", "/patches/sets/mine");
  fireEvent.click(within(panel).getByRole("button", { name: "Rename this set" }));
  expect(box()).toHaveValue("Calm");
  fireEvent.keyDown(box(), { key: "Escape" });
  expect(await named("Calm")).toBeVisible();
  serve({ ...SERVER, "/api/patch-sets/mine/name": { ...MINE, name: "Calmer" } });
  fireEvent.click(within(panel).getByRole("button", { name: "Rename this set" }));
  fireEvent.change(box(), { target: { value: "Calmer" } });
  fireEvent.click(within(panel).getByRole("button", { name: "Keep the name" }));
  expect(await named("Calmer")).toBeVisible();
  expect(asksOf("/api/patch-sets/mine/name")).toEqual([{ name: "Calm" }, { name: "Calmer" }]);
});

test("what vs names is read back as it was written", () => {
  expect([null, "0123"].map((hash) => otherSet(vsOfSet(hash)))).toEqual([null, "0123"]);
  expect(["lens:tuned", "0123", undefined].map(otherSet)).toEqual([undefined, undefined, undefined]);
});
