import { Away, asTrouble, isMissingPart } from "./trouble";

test("a server that does not answer is told apart from one that refuses", () => {
  expect(asTrouble(new TypeError("Failed to fetch"))).toBeInstanceOf(Away);
  expect(asTrouble(new Error("no"))).not.toBeInstanceOf(Away);
});

test("a part of the page that is gone asks for a reload and does not say that the server is away", () => {
  const thrown = new TypeError("Failed to fetch dynamically imported module: http://127.0.0.1:8000/assets/Tour-old.js");
  expect(isMissingPart(thrown)).toBe(true);
  expect(asTrouble(thrown)).not.toBeInstanceOf(Away);
  expect(asTrouble(thrown).next).toMatch(/^Reload the page/);
});
