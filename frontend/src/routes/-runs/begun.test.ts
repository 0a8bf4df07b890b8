import { begun } from "./begun";

const schema = {
  type: "object",
  properties: {
    model: { type: "string", default: "", chosen: "model" },
    sae: { type: "string" },
    activations: { type: "array", items: { type: "string" } },
  },
};

test("a new run is of the model that is chosen", () => {
  expect(begun(schema, { model: "gpt2" })).toEqual({ model: "gpt2" });
  expect(begun(schema, {})).toEqual({});
});

test("a family whose empty model is another one than the server's own is left alone", () => {
  const judged = { type: "object", properties: { model: { type: "string", default: "" } } };
  expect(begun(judged, { model: "gpt2" })).toEqual({});
});

test("what the address names is filled in, as its field wants it, and nothing else", () => {
  const fields = { sae: "one", activations: "acts", name: "nobody's" };
  expect(begun(schema, { fields })).toEqual({ sae: "one", activations: ["acts"] });
});

test("a run that is done again keeps its own spec", () => {
  const spec = { kind: "train_sae", sae: "old", model: "" };
  expect(begun(schema, { model: "gpt2", fields: { sae: "new" } }, { spec })).toEqual({ sae: "old", model: "" });
});
