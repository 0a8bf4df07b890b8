import { screen } from "@testing-library/react";
import { aPage, aRow } from "../../../test/dictionary";
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
