import { expect, test } from "vitest";
import { partsOf, pieces } from "./neuronpedia";

test("a value, a list and lines of JSON are parts all the same", () => {
  const row = { index: 3, description: "cats" };
  const text = JSON.stringify(row);
  expect(partsOf(text)).toEqual([row]);
  expect(partsOf(JSON.stringify([row, row], null, 1))).toEqual([row, row]);
  expect(partsOf(`${text}\n\n${text}\n`)).toEqual([row, row]);
  expect(() => partsOf("{")).toThrow();
  expect(() => partsOf(`${text}\n{`)).toThrow();
});

test("numbers that no label needs stay behind", () => {
  expect(partsOf('{"index": 3, "embedding": [1, 2], "features": [{"activations": [], "index": 4}]}')).toEqual([
    { index: 3, features: [{ index: 4 }] },
  ]);
});

test("long lists go in pieces that have every part once", () => {
  expect(pieces([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(pieces([])).toEqual([]);
});
