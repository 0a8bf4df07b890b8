import { allWriters, chosenOf, MODULES, writersOf, writersWords } from "./writers";

test("a block of layers is named module by module, and read back", () => {
  const block = { modules: ["attention", "mlp"], from: 2, to: 3 } as const;
  const names = ["L2.attn_out", "L2.mlp_out", "L3.attn_out", "L3.mlp_out"];
  expect(writersOf(block, 12)).toEqual(names);
  expect(chosenOf(names, 12)).toEqual(block);
  expect(writersWords(names)).toBe("attention and MLP of L2 to L3");
});

test("all of them need no names; nothing chosen names nothing of a layer", () => {
  expect(writersOf(allWriters(12), 12)).toEqual([]);
  expect(chosenOf([], 12)).toEqual(allWriters(12));
  expect(writersOf({ modules: ["embeddings"], from: 4, to: 5 }, 12)).toEqual(["L0.resid_pre"]);
  expect(writersOf({ modules: MODULES, from: 0, to: 10 }, 12)).toHaveLength(23);
});

test("what is no block is told by its names", () => {
  expect(writersWords(["L2.attn_out", "L4.attn_out"])).toBe("L2.attn_out, L4.attn_out");
  expect(writersWords(["L3.mlp_out"])).toBe("L3.mlp_out");
  expect(writersWords(["L0.resid_pre", "L1.mlp_out", "L2.mlp_out"])).toBe("the embeddings, and MLP of L1 to L2");
});
