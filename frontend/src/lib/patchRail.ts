/**
 * The patch rail: which patches stand beside a text, which of them are in force, and every change of that as a step that can
 * be undone.
 *
 * What is in force is a set that the address names. The rail knows more: members that are switched off, or silent while
 * another one is alone, so that they come back as they were.
 */
import type { PatchScope, Role, Turn } from "../api/types";
import { formatNumber } from "./format";
import { scopeWords } from "./patches";

/** A patch as a set has it. */
export interface SetMember {
  /** Of the patch. */
  hash: string;
  strength: number;
  scope: PatchScope;
}

export interface RailMember extends SetMember {
  /** Tells it from the same patch in another place. */
  key: number;
  on: boolean;
}

/** What lies on the rail, in the order in which it acts. */
export interface Shelf {
  members: readonly RailMember[];
  /** Key of the one that is alone: the others are silent. */
  solo: number | null;
}

export interface Rail {
  shelf: Shelf;
  /** The newest last. */
  past: readonly Shelf[];
  /** The next one last. */
  future: readonly Shelf[];
  /** What is being dragged: the next change of the same is none of its own. */
  held: string | null;
}

export type Edit =
  | { type: "add"; hash: string }
  | { type: "remove" | "toggle" | "solo"; key: number }
  | { type: "move"; key: number; by: -1 | 1 }
  | { type: "strength"; key: number; strength: number }
  | { type: "scope"; key: number; scope: PatchScope };

export const EVERYWHERE: PatchScope = { type: "all" };

const NOTHING: Shelf = { members: [], solo: null };

export const EMPTY_RAIL: Rail = { shelf: NOTHING, past: [], future: [], held: null };

/** Steps that can be undone. */
const STEPS = 100;

/** A member that changes something: it is on, not silent, and its strength is not 0. */
export const isInForce = ({ solo }: Shelf, { key, on, strength }: RailMember): boolean =>
  strength !== 0 && (solo === null ? on : key === solo);

/** What acts, in order. */
export const inForce = (shelf: Shelf): SetMember[] =>
  shelf.members
    .filter((member) => isInForce(shelf, member))
    .map(({ hash, strength, scope }) => ({ hash, strength, scope }));

/** What a scope says beside its type, in one order. */
function saidOf(scope: PatchScope): readonly (string | number)[] {
  if (scope.type === "span") return [scope.start, scope.end];
  return scope.type === "feature" ? [scope.sae, scope.site, scope.feature, scope.above] : [];
}

const sameScope = (one: PatchScope, other: PatchScope): boolean =>
  one.type === other.type && String(saidOf(one)) === String(saidOf(other));

const sameMember = (one: SetMember, other: SetMember): boolean =>
  one.hash === other.hash && one.strength === other.strength && sameScope(one.scope, other.scope);

const sameMembers = (some: readonly SetMember[], others: readonly SetMember[]): boolean =>
  some.length === others.length &&
  some.every((one, at) => {
    const other = others[at];
    return other !== undefined && sameMember(one, other);
  });

const nextKey = ({ members }: Shelf): number => 1 + Math.max(0, ...members.map(({ key }) => key));

function changed(shelf: Shelf, edit: Edit): Shelf {
  const { members, solo } = shelf;
  if (edit.type === "add") {
    const added = { key: nextKey(shelf), hash: edit.hash, strength: 1, scope: EVERYWHERE, on: true };
    // It is added to be seen: beside one that is alone it would do nothing.
    return { members: [...members, added], solo: null };
  }
  const at = members.findIndex(({ key }) => key === edit.key);
  const member = members[at];
  if (!member) return shelf;
  const put = (part: Partial<RailMember>): Shelf => ({ members: members.with(at, { ...member, ...part }), solo });
  switch (edit.type) {
    case "remove":
      return { members: members.toSpliced(at, 1), solo: solo === edit.key ? null : solo };
    case "toggle":
      return put({ on: !member.on });
    case "solo":
      return { members, solo: solo === edit.key ? null : edit.key };
    case "move": {
      const to = at + edit.by;
      return to < 0 || to >= members.length
        ? shelf
        : { members: members.toSpliced(at, 1).toSpliced(to, 0, member), solo };
    }
    case "strength":
      return edit.strength === member.strength ? shelf : put({ strength: edit.strength });
    case "scope":
      return sameScope(edit.scope, member.scope) ? shelf : put({ scope: edit.scope });
  }
}

const stepped = (rail: Rail, shelf: Shelf, held: string | null): Rail => ({
  shelf,
  past: [...rail.past, rail.shelf].slice(-STEPS),
  future: [],
  held,
});

/** After an edit; strengths of one slider that follow each other, dragged or by keys, are one step, until it is let go. */
export function edited(rail: Rail, edit: Edit): Rail {
  const shelf = changed(rail.shelf, edit);
  if (shelf === rail.shelf) return rail;
  const held = edit.type === "strength" ? `strength ${edit.key}` : null;
  return held !== null && held === rail.held ? { ...rail, shelf } : stepped(rail, shelf, held);
}

/** Whatever was dragged is let go. */
export const released = (rail: Rail): Rail => (rail.held === null ? rail : { ...rail, held: null });

export function undone(rail: Rail): Rail {
  const shelf = rail.past.at(-1);
  return shelf
    ? { shelf, past: rail.past.slice(0, -1), future: [...rail.future, rail.shelf], held: null }
    : released(rail);
}

export function redone(rail: Rail): Rail {
  const shelf = rail.future.at(-1);
  return shelf
    ? { shelf, past: [...rail.past, rail.shelf], future: rail.future.slice(0, -1), held: null }
    : released(rail);
}

/** Members of a set with the keys of what lies on the rail already: the same one first, then the same patch otherwise. */
function claimed(shelf: Shelf, wanted: readonly SetMember[]): RailMember[] {
  const left = new Set(shelf.members);
  const take = (fits: (member: RailMember) => boolean) => {
    const found = [...left].find(fits);
    if (found) left.delete(found);
    return found?.key;
  };
  const same = wanted.map((one) => take((member) => sameMember(one, member)));
  const first = nextKey(shelf);
  return wanted.map((one, at) => ({
    ...one,
    key: same[at] ?? take(({ hash }) => hash === one.hash) ?? first + at,
    on: true,
  }));
}

/**
 * After a set was put in force elsewhere: by a link, or by Back. Its members are on; what else lies on the rail is switched
 * off and stays behind what it stood behind.
 */
export function adopted(rail: Rail, wanted: readonly SetMember[]): Rail {
  const { shelf } = rail;
  if (sameMembers(inForce(shelf), wanted)) return rail;
  const members = claimed(shelf, wanted);
  shelf.members.forEach((old, at) => {
    if (members.some(({ key }) => key === old.key)) return;
    const before = shelf.members[at - 1];
    const place = before ? members.findIndex(({ key }) => key === before.key) + 1 : 0;
    members.splice(place, 0, { ...old, on: false });
  });
  const next = { members, solo: null };
  return shelf.members.length === 0 ? { ...rail, shelf: next, held: null } : stepped(rail, next, null);
}

/** Such as `Held × 2 on the prompt`. */
export const memberWords = (name: string, { strength, scope }: Omit<SetMember, "hash">): string =>
  [name, `× ${formatNumber(strength, 3)}`, scope.type === "all" ? "" : scopeWords(scope, [], [])]
    .filter(Boolean)
    .join(" ");

/** Where other patches were put in force while a turn was said. */
export interface Switched {
  /** Of the first token that they may change. */
  position: number;
  /** Hash; null where patches were taken out. */
  set: string | null;
}

/** In the order of positions. */
export const switchesOf = (turns: readonly Pick<Turn, "patches">[]): Switched[] =>
  turns.flatMap(({ patches }) =>
    patches.filter(({ start }) => start > 0).map(({ start, set }) => ({ position: start + 1, set })),
  );

/** Sets that were in force in some turn, each once. */
export const setsOf = (turns: readonly Pick<Turn, "patches">[]): string[] => [
  ...new Set(turns.flatMap(({ patches }) => patches.flatMap(({ set }) => set ?? []))),
];

/** From a position, to before another. */
export type Stretch = readonly [start: number, end: number];

/** What the model wrote of the tokens before `position`: what the scopes of patches go by, as the server counts it. */
export const writtenBefore = (
  turns: readonly Pick<Turn, "start" | "end" | "role" | "sampling">[],
  position: number,
): Stretch[] =>
  turns
    .filter(({ start, role, sampling }) => start < position && (sampling !== null || role === "assistant"))
    .map(({ start, end }) => [start, Math.min(end, position)]);

/** The same of a trace's text, whose roles tell it. */
export const writtenByRoles = (roles: readonly Role[], position: number): Stretch[] =>
  roles.slice(0, position).flatMap((role, start): Stretch[] => {
    if (role !== "assistant" || roles[start - 1] === "assistant") return [];
    const end = roles.findIndex((other, at) => at > start && other !== "assistant");
    return [[start, end < 0 ? position : Math.min(end, position)]];
  });
