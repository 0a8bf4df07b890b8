import { TRAIN } from "../../test/trainSchema";
import { problemsOf } from "./kindProblems";
import {
  changedOnly,
  optionOf,
  type Schema,
  shapeOf,
  titleOf,
  typedNumber,
  withField,
  withoutNull,
} from "./kindSchema";

const property = (name: string): Schema => {
  const shape = shapeOf(TRAIN, TRAIN);
  const field = shape.is === "object" && shape.fields.find((one) => one.name === name);
  if (!field) throw new Error(`no field ${name}`);
  return field.schema;
};

test("every kind of field is read as what it is", () => {
  const kinds = ["data", "architecture", "lr", "layers", "resample", "seed", "kind"].map(
    (name) => shapeOf(property(name), TRAIN).is,
  );
  expect(kinds).toEqual(["object", "union", "number", "list", "flag", "number", "choice"]);
  expect(withoutNull(property("lr"), TRAIN).nullable).toBe(true);
  expect(withoutNull(property("seed"), TRAIN).nullable).toBe(false);
});

test("an option of a union is found by its tag, without one it is the default's", () => {
  const shape = shapeOf(property("architecture"), TRAIN);
  if (shape.is !== "union") throw new Error("no union");
  expect(optionOf(shape, { kind: "relu" })?.title).toBe("Relu");
  expect(optionOf(shape, undefined, { kind: "relu" })?.title).toBe("Relu");
  expect(optionOf(shape, {})?.title).toBe("TopK");
});

test("only what differs from the defaults is sent, with what is required and the tags", () => {
  const value = {
    data: { path: "a.parquet", split: "train" },
    architecture: { kind: "topk", k: 64 },
    lr: null,
    layers: [10],
    resample: true,
  };
  expect(changedOnly(TRAIN, value)).toEqual({
    kind: "train_sae",
    data: { path: "a.parquet" },
    architecture: { kind: "topk", k: 64 },
  });
  expect(changedOnly(TRAIN, { ...value, architecture: { kind: "topk", k: 32 } })).toEqual({
    kind: "train_sae",
    data: { path: "a.parquet" },
  });
  expect(changedOnly(TRAIN, { ...value, architecture: { kind: "relu", l1: 0.1 } })).toHaveProperty("architecture", {
    kind: "relu",
    l1: 0.1,
  });
});

test("null is sent where it is not the default, and a whole spec comes back as itself", () => {
  const spec = { kind: "train_sae", data: { path: "a", split: "held-out" }, layers: [], seed: 7 };
  expect(changedOnly(TRAIN, spec)).toEqual(spec);
});

test("what is missing or wrong is told at its place, expected and got", () => {
  expect(problemsOf(TRAIN, {})).toEqual({ "data.path": "Needed." });
  expect(
    problemsOf(TRAIN, {
      data: { path: "", split: "test" },
      architecture: { kind: "relu" },
      lr: 0,
      layers: [1, -2, 1.5],
      seed: "x",
    }),
  ).toEqual({
    "data.path": "Needed.",
    "data.split": "Expected one of train, held-out, got “test”.",
    "architecture.l1": "Needed.",
    lr: "Expected more than 0, got 0.",
    "layers.1": "Expected at least 0, got -2.",
    "layers.2": "Expected a whole number, got 1.5.",
    seed: "Expected a whole number, got “x”.",
  });
  expect(problemsOf(TRAIN, { data: { path: "a" }, lr: null })).toEqual({});
});

test("one of two lists is needed, whichever it is", () => {
  const list = { type: "array", items: { type: "string" }, default: [] };
  const schema: Schema = {
    type: "object",
    properties: { sites: list, layers: list },
    allOf: [{ anyOf: [{ required: ["sites"] }, { required: ["layers"] }] }],
  };
  expect(problemsOf(schema, {})).toEqual({ sites: "Needed: sites or layers." });
  expect(problemsOf(schema, { sites: [], layers: [] })).toEqual({ sites: "Needed: sites or layers." });
  expect(problemsOf(schema, { layers: ["3"] })).toEqual({});
  expect(problemsOf(schema, { sites: ["L3.resid_post"] })).toEqual({});
});

test("numbers are read as people type them, and what is none stays text", () => {
  expect(["3e-4", " 1_000 ", "0.5", "−2", "10 000"].map(typedNumber)).toEqual([3e-4, 1000, 0.5, -2, 10_000]);
  expect(["", "x", "1e", "Infinity"].map(typedNumber)).toEqual(["", "x", "1e", "Infinity"]);
});

test("a field that is set to nothing is left out", () => {
  expect(withField({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
  expect(withField(undefined, "a", null)).toEqual({ a: null });
});

test("names in the field's own words stay, others are written out", () => {
  expect(["d_sae", "learning_rate", "k", "L10", "sae"].map(titleOf)).toEqual([
    "d_sae",
    "Learning rate",
    "K",
    "L10",
    "SAE",
  ]);
});
