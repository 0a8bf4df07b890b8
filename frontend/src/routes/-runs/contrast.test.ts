import { expect, test } from "vitest";
import { directionsOf, featuresOf, ofDirection, ofFeature, shufflesOf } from "./contrast";

const page = (columns: string[], rows: unknown[][]) => ({
  columns,
  types: columns.map(() => "DOUBLE"),
  rows: rows as never,
  total: rows.length,
});

const FEATURE = ["feature", "mean_toward", "share_toward", "mean_away", "share_away"];
const AUROC = ["auroc_train", "auroc_validation", "auroc_test"];

test("the chosen features come first, the others as they were ranked; no test score is none of 0", () => {
  const rows = featuresOf(
    page(
      [...FEATURE, ...AUROC],
      [
        [7, 2, 1, 0.5, 0.1, 0.99, 0.9, null],
        [5, 3, 1, 0.2, 0.1, 0.98, 1, 0.97],
        [9, 1, 1, 0.9, 0.1, 0.97, 0.8, null],
      ],
    ),
  );
  expect(rows.map(({ feature, test }) => [feature, test])).toEqual([
    [5, 0.97],
    [7, null],
    [9, null],
  ]);
  expect(rows[0]).toMatchObject({ meanToward: 3, meanAway: 0.2, shareToward: 1, shareAway: 0.1, train: 0.98 });
});

test("a direction keeps its site, its length and the run that found it", () => {
  const [found] = directionsOf(
    page(
      ["direction", ...AUROC, "site", "length", "unit"],
      [["difference of means", 1, 1, 0.9, "L7.resid_post", 12, "AAAA"]],
    ),
  );
  expect(found).toBeDefined();
  if (!found) return;
  const wanted = ofDirection(found, "contrast-1");
  expect(wanted.map(({ source }) => source.type === "content" && [source.patch.kind, source.run])).toEqual([
    ["ablate", "contrast-1"],
    ["ablate", "contrast-1"],
    ["steer", "contrast-1"],
    ["scale", "contrast-1"],
  ]);
  expect(wanted.find(({ strength }) => strength < 0)?.source).toMatchObject({
    patch: { scale: 12, site: "L7.resid_post" },
  });
});

test("a feature is held at 0, taken out, or steered against", () => {
  expect(
    ofFeature("mine", 3).map(({ source, strength }) => source.type === "feature" && [source.kind, strength]),
  ).toEqual([
    ["clamp", 1],
    ["clamp", 3],
    ["ablate", 1],
    ["ablate", 1],
    ["steer", -1],
    ["scale", -1],
  ]);
});

test("shuffles are read by their names", () => {
  expect(shufflesOf(page(["shuffle", "feature", ...AUROC], [[0, 4, 0.6, 0.7, 0.5]]))).toEqual([
    { shuffle: 0, train: 0.6, validation: 0.7, test: 0.5 },
  ]);
});
