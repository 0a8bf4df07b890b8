import { screen, waitFor, within } from "@testing-library/react";
import { aPage, aRow, DICTIONARY } from "../../../test/dictionary";
import { anSae } from "../../../test/saes";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";
import { nowCalled } from "./Renamed";

const LIBRARY = { items: [anSae("new", { formerly: ["old", "older"] }), anSae("other")], broken: [] };
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/saes": LIBRARY,
  "/api/sae-twins": [],
  "/api/features/dictionaries": [{ ...DICTIONARY, sae: "new", made_of: "new" }],
};

test("a name leads to the SAE that had it, unless another has it now", () => {
  expect(nowCalled("old", LIBRARY.items)).toBe("new");
  expect(nowCalled("other", [...LIBRARY.items, anSae("third", { formerly: ["other"] })])).toBeUndefined();
  expect(nowCalled("nobody", LIBRARY.items)).toBeUndefined();
});

test("a report card's old address leads to the new one, and says so", async () => {
  const router = await visit("/saes/old", SERVER);
  await waitFor(() => expect(router.state.location.pathname).toBe("/saes/new"));
  expect(await screen.findByText("The SAE “old” is called “new” now: the link was followed to it.")).toBeVisible();
});

test("a feature's old address leads to the same index of the SAE that had the name, with its view", async () => {
  const router = await visit("/features/older/2?ex=q50", SERVER);
  await waitFor(() => expect(router.state.location.href).toBe("/features/new/2?ex=q50"));
});

test("a table's old address leads to the same table", async () => {
  const answers = { ...SERVER, "/api/features": undefined, "/api/features?new": aPage(aRow(1)) };
  const router = await visit("/features?sae=old&q=dog", answers);
  await waitFor(() => expect(router.state.location.href).toBe("/features?sae=new&q=dog"));
});

test("a name that nobody had is an error, with those that are here to choose from", async () => {
  const router = await visit("/features/nobody/2", SERVER);
  expect(await screen.findByText("It is not loaded.")).toBeInTheDocument();
  const those = await screen.findByRole("navigation", { name: "Features that are here" });
  expect(within(those).getByRole("link", { name: "new" })).toHaveAttribute("href", "/features?sae=new");
  expect(router.state.location.pathname).toBe("/features/nobody/2");
});

test("so is a report card's, of which no SAE is shown", async () => {
  await visit("/saes/nobody", SERVER);
  const those = await screen.findByRole("navigation", { name: "SAEs that are here" });
  expect(
    within(those)
      .getAllByRole("link")
      .map(({ textContent }) => textContent),
  ).toEqual(["new", "other"]);
});
