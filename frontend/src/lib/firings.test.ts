import type { FeatureReading } from "../api/types";
import { sectionsOf } from "./firings";

const reading = (sae: string, dictionary = ""): FeatureReading => ({
  sae,
  site: "L8.resid_post",
  features: [],
  l0: 0,
  shown_share: 0,
  error_norm: 1,
  residual_norm: 1,
  fvu: null,
  dictionary,
});
const named = (sections: ReturnType<typeof sectionsOf>) => sections.map((one) => [one.reading.sae, ...one.also]);

test("what was harvested comes first, and otherwise all stay as they come", () => {
  const all = [reading("a"), reading("b", "b"), reading("c"), reading("d", "mine")];
  expect(named(sectionsOf(all, [], []))).toEqual([["b"], ["d"], ["a"], ["c"]]);
});

test("the same weights stand once, under the name that their dictionary has", () => {
  const all = [reading("a", "t"), reading("b"), reading("t", "t"), reading("c")];
  const twins = [
    ["a", "elsewhere", "t"],
    ["b", "c"],
  ];
  const sections = sectionsOf(all, twins, [{ slug: "a", where: "shipped" }]);
  expect(named(sections)).toEqual([
    ["t", "a"],
    ["b", "c"],
  ]);
  expect(sections.map(({ names }) => names)).toEqual([
    ["a", "t"],
    ["b", "c"],
  ]);
});

test("a copy that was imported does not hide what it is a copy of", () => {
  const all = [reading("copy"), reading("ours"), reading("sae_layer_3")];
  const library = [
    { slug: "copy", where: "imported" },
    { slug: "ours", where: "trained" },
    { slug: "sae_layer_3", where: "shipped" },
  ] as const;
  const twins = [["copy", "ours", "sae_layer_3"]];
  expect(named(sectionsOf(all, twins, library))).toEqual([["sae_layer_3", "copy", "ours"]]);
  expect(named(sectionsOf(all, twins, library.slice(0, 2)))).toEqual([["ours", "copy", "sae_layer_3"]]);
  expect(named(sectionsOf(all, twins, []))).toEqual([["copy", "ours", "sae_layer_3"]]);
});
