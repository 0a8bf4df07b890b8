import { isRunId, usedBy } from "./used";

test("recordings, SAEs and patches are named, one or several; what is left out is not", () => {
  expect(usedBy({ kind: "train_sae", activations: ["/a", "/b"], seed: 1 })).toEqual([
    { what: "recording", name: "/a" },
    { what: "recording", name: "/b" },
  ]);
  expect(usedBy({ kind: "evaluate_sae", sae: "one", activations: "/a" })).toEqual([
    { what: "recording", name: "/a" },
    { what: "sae", name: "one" },
  ]);
  expect(usedBy({ kind: "behaviour_rates", patches: "a", attached: "", alternatives: ["b"] })).toEqual([
    { what: "patches", name: "a" },
    { what: "patches", name: "b" },
  ]);
  expect(usedBy({ kind: "sae_stability", saes: ["one", "two"], activations: null })).toHaveLength(2);
});

test("an SAE that is named by its run is told from a path and a name", () => {
  expect(isRunId("train-sae-20261122-1028-fa1168")).toBe(true);
  expect(["sae_layer_1", "/data/train-sae-20261122-1028-fa1168", "sae_layer_5-fa15c7"].some(isRunId)).toBe(false);
});
