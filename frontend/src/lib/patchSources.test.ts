import { colouredAround, type NewFields, numbersOf, packed, promptsOf, shared, sourceOf } from "./patchSources";

const FIELDS: NewFields = {
  from: "means",
  kind: "steer",
  writers: [],
  everywhere: false,
  site: "L5.resid_post",
  token: undefined,
  minus: undefined,
  layer: 5,
  neuron: undefined,
  toward: "",
  away: "",
  turns: false,
  mean: false,
  ids: [],
  span: undefined,
  path: "",
  tensor: "",
  numbers: "",
  seen: null,
};

test("a prompt is a line, and blank lines are none", () => {
  expect(promptsOf(" How are you?\n\n  \nFine \n")).toEqual(["How are you?", "Fine"]);
  expect(shared("a\nb", "c\nb ")).toBe("b");
  expect(shared("a", "b")).toBeUndefined();
});

test("a coloured span ends where the colour does", () => {
  const values = [0, 1, 2, 0.1, Number.NaN, 3];
  expect(colouredAround(values, 2)).toEqual([1, 3]);
  expect(colouredAround(values, 5)).toEqual([5, 5]);
  expect(colouredAround(values, 0)).toEqual([0, 0]);
  expect(colouredAround([], 7)).toEqual([7, 7]);
});

test("a direction is packed as the server packs it", () => {
  // np.array([0, 1], "<f4") and [0.6, 0.8] in base64.
  expect(packed([0, 5])).toBe("AAAAAAAAgD8=");
  expect(packed([3, 4])).toBe("mpkZP83MTD8=");
});

test.each([
  ["[0.1", "no JSON"],
  ["{}", "Expected a list of numbers"],
  ['[1, "2"]', 'Number 1 is "2"'],
  ["[1, null]", "Number 1 is null"],
  ["[1e39, 1]", "Number 0 is 1e+39"],
  ["[1, 2, 3]", "It has 3 numbers; the model's d_model is 2"],
  ["[0, 0]", "points nowhere"],
])("%s is no direction, and why is said", (text, why) => {
  const found = numbersOf(text, 2);
  expect("wrong" in found && found.wrong).toContain(why);
});

test("what is yet to be chosen is said, and then it is a source", () => {
  expect(sourceOf(FIELDS, 2)).toEqual({ lacks: "Each side needs a prompt: one a line." });
  const means = sourceOf({ ...FIELDS, toward: "a\nb", away: "c", mean: true }, 2);
  expect(means).toMatchObject({ source: { type: "means", toward: ["a", "b"], away: ["c"], position: "mean" } });
  const token = { ...FIELDS, from: "unembedding", token: 3 } as const;
  expect(sourceOf({ ...token, minus: 3 }, 2)).toHaveProperty("lacks");
  expect(sourceOf(token, 2)).toMatchObject({ source: { token: 3, minus: null, site: "L5.resid_post" } });
  const span = sourceOf({ ...FIELDS, from: "span", ids: [5, 6, 7], span: [1, 1] }, 2);
  expect(span).toMatchObject({ source: { start: 1, end: 2 } });
  expect(sourceOf({ ...FIELDS, from: "neuron" }, 2)).toHaveProperty("lacks");
  expect(sourceOf({ ...FIELDS, from: "file" }, 2)).toHaveProperty("lacks");
});

test("typed numbers are a patch as it stands, of their own length", () => {
  const typed = { ...FIELDS, from: "numbers", numbers: "[3, 4]" } as const;
  const patch = { kind: "steer", site: "L5.resid_post", direction: "mpkZP83MTD8=", scale: 5 };
  expect(sourceOf(typed, 2)).toMatchObject({ source: { type: "content", patch } });
  const everywhere = sourceOf({ ...typed, kind: "ablate", everywhere: true }, 2);
  expect(everywhere).toMatchObject({ source: { patch: { kind: "ablate", site: null } } });
  const writer = sourceOf({ ...typed, kind: "scale", site: "L2.mlp_out" }, 2);
  expect(writer).toMatchObject({ source: { patch: { writers: ["L2.mlp_out"] } } });
});
