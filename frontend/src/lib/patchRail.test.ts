import type { PatchScope } from "../api/types";
import {
  adopted,
  type Edit,
  EMPTY_RAIL,
  EVERYWHERE,
  edited,
  inForce,
  memberWords,
  type Rail,
  redone,
  released,
  type SetMember,
  setsOf,
  switchesOf,
  undone,
  writtenBefore,
  writtenByRoles,
} from "./patchRail";

const after = (rail: Rail, ...edits: Edit[]): Rail => edits.reduce(edited, rail);
const two = after(EMPTY_RAIL, { type: "add", hash: "a" }, { type: "add", hash: "b" });
const hashes = ({ shelf }: Rail) => shelf.members.map(({ hash }) => hash).join("");
const acting = ({ shelf }: Rail) => inForce(shelf).map(({ hash, strength }) => `${hash}${strength}`);
const member = (hash: string, strength = 1, scope: PatchScope = EVERYWHERE): SetMember => ({ hash, strength, scope });

test("what is switched off, silent or of strength 0 stays on the rail and is not in force", () => {
  expect(acting(two)).toEqual(["a1", "b1"]);
  const off = after(two, { type: "toggle", key: 1 });
  expect([acting(off), hashes(off)]).toEqual([["b1"], "ab"]);
  expect(acting(after(off, { type: "toggle", key: 1 }))).toEqual(["a1", "b1"]);
  expect(acting(after(two, { type: "strength", key: 2, strength: 0 }))).toEqual(["a1"]);
  const alone = after(off, { type: "solo", key: 1 });
  expect(acting(alone)).toEqual(["a1"]);
  expect(acting(after(alone, { type: "solo", key: 1 }))).toEqual(["b1"]);
  expect(acting(after(alone, { type: "solo", key: 2 }))).toEqual(["b1"]);
  expect(acting(after(alone, { type: "remove", key: 1 }))).toEqual(["b1"]);
});

test("the order in which they act is that of the rail, whose ends hold", () => {
  const down = after(two, { type: "move", key: 1, by: 1 });
  expect(acting(down)).toEqual(["b1", "a1"]);
  expect(after(down, { type: "move", key: 1, by: 1 })).toBe(down);
  expect(after(two, { type: "move", key: 1, by: -1 })).toBe(two);
});

test("every edit is undone and done again, and a new one ends what could be done again", () => {
  const edits: Edit[] = [
    { type: "toggle", key: 1 },
    { type: "scope", key: 2, scope: { type: "span", start: 2, end: 5 } },
    { type: "move", key: 2, by: -1 },
    { type: "solo", key: 2 },
    { type: "remove", key: 1 },
  ];
  const states = [two];
  for (const edit of edits) states.push(edited(states.at(-1) ?? two, edit));
  let rail = states.at(-1) ?? two;
  for (const { shelf } of states.toReversed()) {
    expect(rail.shelf).toEqual(shelf);
    rail = undone(rail);
  }
  expect(hashes(rail)).toBe("a");
  for (const { shelf } of states) {
    rail = redone(rail);
    expect(rail.shelf).toEqual(shelf);
  }
  expect(redone(rail)).toEqual(rail);
  expect(undone(undone(undone(EMPTY_RAIL)))).toBe(EMPTY_RAIL);
  expect(after(undone(two), { type: "add", hash: "c" }).future).toEqual([]);
});

test("a slider that is dragged is one step until it is let go", () => {
  const drag = (key: number, strength: number): Edit => ({ type: "strength", key, strength });
  const dragged = after(two, drag(1, 1.1), drag(1, 1.2), drag(1, 1.3));
  expect(acting(undone(dragged))).toEqual(["a1", "b1"]);
  expect(acting(undone(after(dragged, drag(2, 3))))).toEqual(["a1.3", "b1"]);
  expect(acting(undone(after(released(dragged), drag(1, 2))))).toEqual(["a1.3", "b1"]);
});

test("a set of a link comes onto the rail, and what it lacks is switched off in its place", () => {
  const linked = adopted(EMPTY_RAIL, [member("a", 2), member("a", 3)]);
  expect([acting(linked), linked.past]).toEqual([["a2", "a3"], []]);
  const three = after(two, { type: "add", hash: "c" });
  const less = adopted(three, [member("a"), member("c", 0.5)]);
  expect([hashes(less), acting(less)]).toEqual(["abc", ["a1", "c0.5"]]);
  expect(undone(less).shelf).toBe(three.shelf);
  expect(acting(adopted(less, [member("a"), member("b"), member("c")]))).toEqual(["a1", "b1", "c1"]);
  expect(hashes(adopted(three, [member("c"), member("a")]))).toBe("cab");
  expect(acting(adopted(three, []))).toEqual([]);
});

test("what is in force already is no change", () => {
  const off = after(two, { type: "toggle", key: 1 });
  expect(adopted(off, [member("b")])).toBe(off);
  const scoped = after(off, { type: "scope", key: 2, scope: { type: "span", start: 0, end: 3 } });
  expect(adopted(scoped, [member("b", 1, { type: "span", start: 0, end: 3 })])).toBe(scoped);
  expect(adopted(scoped, [member("b", 1, { type: "span", start: 0, end: 4 })])).not.toBe(scoped);
});

test("a member in words", () => {
  expect(memberWords("Held", member("a", -0.25))).toBe("Held × −0.25");
  expect(memberWords("Held", member("a", 2, { type: "span", start: 2, end: 5 }))).toBe("Held × 2 on tokens 2 to 4");
});

test("patches that were switched stand before the token behind the first position that they computed", () => {
  const turns = [
    { patches: [{ start: 0, set: "s" }] },
    { patches: [] },
    {
      patches: [
        { start: 0, set: "s" },
        { start: 40, set: null },
        { start: 44, set: "t" },
      ],
    },
    { patches: [{ start: 60, set: "s" }] },
  ];
  expect(switchesOf(turns)).toEqual([
    { position: 41, set: null },
    { position: 45, set: "t" },
    { position: 61, set: "s" },
  ]);
  expect(setsOf(turns)).toEqual(["s", "t"]);
});

test("what the model wrote is what it said in all its turns", () => {
  const sampling = { temperature: 0, top_p: 1, top_k: 0, seed: 0, max_new_tokens: 8 };
  const turns = [
    { start: 0, end: 5, role: "user" as const, sampling: null },
    { start: 5, end: 9, role: "text" as const, sampling },
    { start: 9, end: 10, role: "template" as const, sampling: null },
    { start: 10, end: 14, role: "assistant" as const, sampling: null },
  ];
  expect([3, 6, 9, 12, 14].map((position) => writtenBefore(turns, position))).toEqual([
    [],
    [[5, 6]],
    [[5, 9]],
    [
      [5, 9],
      [10, 12],
    ],
    [
      [5, 9],
      [10, 14],
    ],
  ]);
});

test("of a trace it is every answer", () => {
  expect(writtenByRoles(["text", "text"], 2)).toEqual([]);
  expect(writtenByRoles(["user", "assistant", "assistant", "template", "assistant"], 5)).toEqual([
    [1, 3],
    [4, 5],
  ]);
  expect(writtenByRoles(["user", "assistant", "assistant"], 2)).toEqual([[1, 2]]);
});

test("another threshold is another scope", () => {
  const fires = (above: number) => ({ type: "feature" as const, sae: "s", site: "L2.resid_post", feature: 3, above });
  const rail = after(EMPTY_RAIL, { type: "add", hash: "a" }, { type: "scope", key: 1, scope: fires(1) });
  expect(after(rail, { type: "scope", key: 1, scope: fires(1) })).toBe(rail);
  expect(after(rail, { type: "scope", key: 1, scope: fires(2) })).not.toBe(rail);
});
