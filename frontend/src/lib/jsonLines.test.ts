import { linesOf, matchesOf, preview } from "./jsonLines";

const VALUE = { spec: { layers: [3, 7], "odd name": null }, loss: 0.5, name: 'Run "A"' };

const all = () => true;

test("every value has its path, as a program would write it", () => {
  expect(linesOf(VALUE, all).map(({ path, depth }) => `${depth} ${path}`)).toEqual([
    "0 ",
    "1 spec",
    "2 spec.layers",
    "3 spec.layers[0]",
    "3 spec.layers[1]",
    '2 spec["odd name"]',
    "1 loss",
    "1 name",
  ]);
});

test("what is closed hides what is below it", () => {
  expect(linesOf(VALUE, (_, depth) => depth === 0).map(({ name }) => name)).toEqual(["", "spec", "loss", "name"]);
});

test("a search finds names and plain values, and what leads there", () => {
  const { hits, above } = matchesOf(VALUE, "7");
  expect([...hits]).toEqual(["spec.layers[1]"]);
  expect([...above].sort()).toEqual(["", "spec", "spec.layers"]);
  expect([...matchesOf(VALUE, "ODD").hits]).toEqual(['spec["odd name"]']);
  expect(matchesOf(VALUE, " ").hits.size).toBe(0);
});

test("a long list is cut, and says how much is left", () => {
  const lines = linesOf(
    Array.from({ length: 250 }, (_, i) => i),
    all,
  );
  expect(lines).toHaveLength(102);
  expect(lines.at(-1)?.more).toBe(150);
});

test("a number that was a 32-bit float is shown as it was meant, and a time in all its digits", () => {
  const shown = (value: number) => preview({ value, size: undefined });
  expect([0.00039999998989515007, 1e-7, 65536, 1790000123.5].map(shown)).toEqual([
    "0.0004",
    "1e−7",
    "65536",
    "1790000123.5",
  ]);
});

test("previews are short and plain texts are quoted", () => {
  expect(linesOf(VALUE, all).map(preview)).toEqual(["{3}", "{2}", "[2]", "3", "7", "null", "0.5", '"Run \\"A\\""']);
});
