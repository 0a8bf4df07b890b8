import { fireEvent, screen, waitFor } from "@testing-library/react";
import { aPage, aRow, DICTIONARY } from "../../../test/dictionary";
import { anSae } from "../../../test/saes";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";

const DENSITY = { edges: [0.01, 0.02, 0.03], counts: [1, 1], whole: [1, 2], scale: "log" };
const SERVER = {
  "/api/model_info": aModel("specimen"),
  "/api/features": aPage(aRow(1), aRow(2), aRow(3)),
  "/api/features/histograms": { density: DENSITY, max: { ...DENSITY, scale: "linear" }, dead: 1 },
  "/api/features/dictionaries": [],
  "/api/feature-lists": [],
  "/api/saes": { items: [], broken: [] },
};

test("histograms are of what the filters leave, count what the table does, and name the ends of the address", async () => {
  const asked = "sae=l8&state=live&q=dog&starred=true&within=all&density=0.012-0.025";
  const answers = {
    ...SERVER,
    "/api/features": aPage(aRow(2)),
    "/api/features/histograms": undefined,
    [`/api/features/histograms?${asked}`]: SERVER["/api/features/histograms"],
  };
  await visit("/features?sae=l8&q=dog&starred=1&density=0.012-0.025&sort=density&desc=1", answers);
  expect(await screen.findByText("0.012")).toBeVisible();
  expect(screen.getByText("0.025")).toBeVisible();
  for (const figure of screen.getAllByRole("figure")) expect(figure).toHaveTextContent("1 feature");
});

const SAE = anSae("copy", { where: "imported" });
const COPIED = {
  ...SERVER,
  "/api/saes": { items: [SAE, { ...SAE, slug: "l8" }], broken: [] },
  "/api/sae-twins": [["copy", "l8"]],
  "/api/features/dictionaries": [DICTIONARY],
};

test("an SAE of the same weights has the features of its twin", async () => {
  await visit("/features", COPIED);
  await waitFor(() => expect(screen.getByRole("link", { name: "copy" })).toHaveAttribute("href", "/features?sae=l8"));
  expect(screen.queryByText("not harvested yet")).toBeNull();
});

test("the address of features by their SAE's other name leads to the same page", async () => {
  const answers = { ...COPIED, "/api/features": undefined, "/api/features?copy": undefined };
  const router = await visit("/features?sae=copy&q=dog&starred=1", answers);
  await waitFor(() => expect(router.state.location.searchStr).toBe("?sae=l8&q=dog&starred=1"));
});

test("what is selected leaves as a file beside all", async () => {
  const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    files.push(this.href);
  });
  const files: string[] = [];
  await visit("/features?sae=l8&q=dog&sort=density", SERVER);
  for (const box of (await screen.findAllByRole("checkbox")).slice(0, 2)) fireEvent.click(box);
  fireEvent.click(screen.getByRole("button", { name: "Export" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "CSV, the 2 selected" }));
  fireEvent.click(screen.getByRole("button", { name: "Export" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "CSV, all 3 of the table" }));
  const [some, all] = files.map((file) => new URL(file).searchParams);
  expect([some?.get("indices"), some?.get("state"), some?.get("q"), some?.get("sort")]).toEqual([
    "1,2",
    "all",
    null,
    "density",
  ]);
  expect([all?.get("indices"), all?.get("state"), all?.get("q")]).toEqual([null, "live", "dog"]);
  saved.mockRestore();
});
