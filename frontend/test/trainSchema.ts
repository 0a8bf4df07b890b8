/** A schema of a family, for tests of forms. */
import type { Schema } from "../src/lib/kindSchema";

/** As pydantic 2 writes it for a family with a nested object, a tagged union and a nullable number. */
export const TRAIN: Schema = {
  $defs: {
    TopK: {
      description: "The k greatest pre-activations.",
      title: "TopK",
      type: "object",
      properties: {
        kind: { const: "topk", default: "topk", type: "string" },
        k: { default: 32, minimum: 1, type: "integer", description: "Features that fire." },
      },
    },
    Relu: {
      title: "Relu",
      type: "object",
      properties: {
        kind: { const: "relu", default: "relu", type: "string" },
        l1: { exclusiveMinimum: 0, type: "number" },
      },
      required: ["l1"],
    },
    Data: {
      title: "Data",
      type: "object",
      properties: { path: { type: "string", minLength: 1 }, split: { default: "train", enum: ["train", "held-out"] } },
      required: ["path"],
    },
  },
  title: "TrainSae",
  type: "object",
  properties: {
    kind: { const: "train_sae", default: "train_sae", type: "string" },
    data: { $ref: "#/$defs/Data", description: "What is read." },
    architecture: {
      discriminator: { mapping: { relu: "#/$defs/Relu", topk: "#/$defs/TopK" }, propertyName: "kind" },
      oneOf: [{ $ref: "#/$defs/TopK" }, { $ref: "#/$defs/Relu" }],
      default: { kind: "topk", k: 32 },
    },
    lr: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
    layers: { items: { minimum: 0, type: "integer" }, type: "array", default: [10] },
    resample: { default: true, type: "boolean" },
    seed: { default: 0, type: "integer", minimum: 0 },
  },
  required: ["data"],
};
