import fc from "fast-check";
import { blocksOf, paragraphsOf, type Role, type StripToken, stripRoles } from "./strip";

const SPECIAL = 100;
const special = (id: number) => id >= SPECIAL;

/** `s` is a special template token, `t` an ordinary one, `U`, `A`, `S` and `.` are the words of user, assistant, system and text. */
function strip(code: string): StripToken[] {
  const roles: Record<string, Role> = { s: "template", t: "template", U: "user", A: "assistant", S: "system" };
  return [...code].map((letter, position) => ({
    position,
    id: letter === "s" ? SPECIAL : position,
    role: roles[letter] ?? "text",
  }));
}

const blocks = (code: string) =>
  blocksOf(strip(code), special).map(({ role, start, end }) => `${role}:${code.slice(start, end)}`);

test("template tokens join the turn they open or close", () => {
  expect(blocks("sttUUstssttAAs")).toEqual(["user:sttUUst", "assistant:ssttAAs"]);
  expect(blocks("sUUsAA")).toEqual(["user:sUU", "assistant:sAA"]);
});

test("a turn that has been opened and has no text yet stands alone", () => {
  expect(blocks("sUUsst")).toEqual(["user:sUUs", "template:st"]);
});

test("plain text is one block", () => {
  expect(blocks("....")).toEqual(["text:...."]);
  expect(blocks("")).toEqual([]);
});

test("what a model wrote behind a text stands apart from what was given", () => {
  const turns = [
    { role: "text", start: 0, end: 3, sampling: null },
    { role: "text", start: 3, end: 5, sampling: { seed: 0 } },
    { role: "text", start: 5, end: 6, sampling: null },
  ] as const;
  const roles = stripRoles(Array<Role>(6).fill("text"), turns);
  const tokens = roles.map((role, position) => ({ position, id: position, role }));
  expect(blocksOf(tokens, special)).toEqual([
    { role: "text", start: 0, end: 3 },
    { role: "continuation", start: 3, end: 5 },
    { role: "text", start: 5, end: 6 },
  ]);
  const answer = [{ role: "assistant", start: 0, end: 6, sampling: { seed: 0 } }] as const;
  expect(stripRoles(Array<Role>(6).fill("assistant"), answer)).toEqual(Array(6).fill("assistant"));
});

test("two turns of one role are two blocks", () => {
  expect(blocks("sUsUU")).toEqual(["user:sU", "user:sUU"]);
});

test("every token is in exactly one block, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("s", "t", "U", "A", "S", ".")), (letters) => {
      const code = letters.join("");
      const found = blocksOf(strip(code), special);
      expect(found.map(({ start, end }) => code.slice(start, end)).join("")).toBe(code);
      expect(found.every(({ start, end }) => end > start)).toBe(true);
    }),
  );
});

test("a turn is cut after line ends, never into crumbs, and nothing is lost", () => {
  const text = "aa|bbbb|c|dddddd";
  const pieces = paragraphsOf({ role: "text", start: 0, end: text.length }, (index) => text[index] === "|", 4);
  expect(pieces.map(({ start, end }) => text.slice(start, end))).toEqual(["aa|bbbb|", "c|dddddd"]);
  expect(paragraphsOf({ role: "text", start: 3, end: 3 }, () => true)).toEqual([]);
});
