import type { Vocab } from "../../lib/tokens";
import { writer } from "./useDictionary";

const CATS: Vocab = { size: 1, bytes: () => new TextEncoder().encode("cat"), special: () => false };

test("a token is blank until its vocabulary has come, and its id where none comes", () => {
  expect(writer(undefined, true)(266)).toMatch(/^\u2007+$/);
  expect(writer(undefined, true)(3)).toBe(writer(undefined, true)(50_000));
  expect(writer(undefined, false)(266)).toBe("#266");
  expect(writer(CATS, true)(0)).toBe("cat");
});
