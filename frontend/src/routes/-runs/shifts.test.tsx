/** The page of a run on which features patches moved. */
import { screen, within } from "@testing-library/react";
import { anEndedRun, aWholeRun } from "../../../test/runs";
import { anSae } from "../../../test/saes";
import { visit } from "../../../test/visit";

const RUN = aWholeRun("r1", {
  row: anEndedRun("r1", { family: "feature_shift", evidence: "correlational", headline: { moved: 1 } }),
  spec: { kind: "feature_shift", sae: "mine" },
  artifacts: [{ path: "tables/features.parquet", bytes: 20, sha256: "ab", kind: "table" }],
});
const COLUMNS = [
  "feature", "moved", "difference", "error", "z", "before", "after", "density_before", "density_after", "control",
]; // biome-ignore format: one line of names.
const TABLE = {
  columns: COLUMNS,
  types: COLUMNS.map(() => "DOUBLE"),
  rows: [
    [17, true, 0.5, 0.05, 10, 0.1, 0.6, 0.01, 0.2, 0.001],
    [4, false, -0.01, 0.02, -0.5, 0.2, 0.19, 0.1, 0.1, null],
  ],
  total: 2,
};
const SERVER = {
  "/api/families": [{ kind: "feature_shift", title: "Shifts", says: "", evidence: "correlational", form: {} }],
  "/api/runs/r1": RUN,
  "/api/runs/r1/artifacts/tables/features.parquet/table": TABLE,
  "/api/saes": { items: [anSae("mine", {})], broken: [] },
  "/api/sae-twins": [],
};

const moved = () => screen.findByRole("region", { name: "What the patches moved" }, { timeout: 20_000 });

test("each feature leads to its page", async () => {
  await visit("/runs/r1", { ...SERVER, "/api/features/dictionaries": [{ sae: "mine", made_of: "mine" }] });
  const link = await within(await moved()).findByRole("link", { name: "17" });
  expect(link).toHaveAttribute("href", "/features/mine/17");
  expect(screen.queryByRole("note")).toBeNull();
});

test("of an SAE without a harvest it says so, and offers one", async () => {
  await visit("/runs/r1", { ...SERVER, "/api/features/dictionaries": [] });
  const note = await within(await moved()).findByRole("note");
  expect(note).toHaveTextContent("No harvest of mine is here yet");
  expect(within(note).getByRole("link", { name: "Harvest it" })).toHaveAttribute(
    "href",
    expect.stringContaining("/experiments/harvest/new"),
  );
});
