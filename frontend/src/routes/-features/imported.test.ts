import { imported } from "./imported";

const NONE = { labels: 0, known: 0, skipped: 0, silent: 0, blank: 0, long: [], elsewhere: 0 };

test("what came in is said, and what did not", () => {
  expect(imported({ ...NONE, labels: 1 })).toBe("1 label imported");
  expect(imported({ ...NONE, labels: 2, known: 3, blank: 1 })).toBe(
    "2 labels imported, 3 were here already, 1 explanation without a word skipped",
  );
});

test("explanations that are too long are named, the first of many", () => {
  const long = [3, 5, 8, 13, 21].map((feature) => ({ feature, characters: 513 + feature }));
  expect(imported({ ...NONE, labels: 1, long: long.slice(0, 1) })).toBe(
    "1 label imported, 1 explanation too long for a label, at most 512 characters, left out: feature 3 (516 characters)",
  );
  expect(imported({ ...NONE, long })).toMatch(/: feature 3 .*, feature 5 .*, feature 8 \(521 characters\) and 2 more$/);
});
