import type { Vocab } from "../../lib/tokens";
import { titleOf, typedOf } from "./text";

const WORDS = ["<|endoftext|>", "Mary", " drinks"];
const vocab: Vocab = {
  size: WORDS.length,
  bytes: (id) => new TextEncoder().encode(WORDS[id] ?? ""),
  special: (id) => id === 0,
};

test("a title is what was typed, without the token that begins every text", () => {
  expect(titleOf([0, 1, 2], vocab, false)).toBe("Mary drinks");
  expect(titleOf([1, 2], vocab, true)).toBe("Mary drinks…");
  expect(titleOf([0], vocab, false)).toBe("Untitled");
  expect(titleOf([1, 2], vocab, true, "set")).toBe("Mary drinks…, patched");
});

test("a control token within a text is part of it", () => {
  expect(typedOf([0, 1, 0], vocab)).toBe("Mary<|endoftext|>");
});
