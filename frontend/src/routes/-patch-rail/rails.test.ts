import { addressSettled } from "../../lib/following";
import { EMPTY_RAIL, edited, released } from "../../lib/patchRail";
import { carryRail, NEW, RailStore, railOf } from "./rails";

const one = edited(EMPTY_RAIL, { type: "add", hash: "a" });
const strength = (value: number) => edited(one, { type: "strength", key: 1, strength: value });

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.useRealTimers());

test("while a set is on its way the newest waits, and those between never go", async () => {
  const store = new RailStore("c");
  const brought: number[] = [];
  let arrived = () => {};
  const bring = vi.fn(async ([member]: readonly { strength: number }[]) => {
    brought.push(member?.strength ?? Number.NaN);
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
    return undefined;
  });
  for (const value of [2, 3, 4]) {
    store.set(released(strength(value)));
    store.follow("push", undefined, bring, () => true);
    await vi.waitFor(() => expect(brought).toEqual([2]));
  }
  expect(store.behind).toBe(true);
  arrived();
  await vi.waitFor(() => expect(brought).toEqual([2, 4]));
  arrived();
  await store.settled();
  expect([store.behind, bring.mock.calls.length]).toEqual([false, 2]);
});

test("what is chosen comes on screen before the address comes after it; several quick choices are one step", async () => {
  vi.useFakeTimers();
  const store = new RailStore("c");
  const bring = vi.fn(async () => "set");
  for (const value of [2, 3]) {
    store.set(released(strength(value)));
    store.follow("push", undefined, bring);
    await vi.advanceTimersByTimeAsync(60);
  }
  expect([store.behind, bring.mock.calls.length]).toEqual([true, 0]);
  await vi.advanceTimersByTimeAsync(120);
  expect(bring.mock.calls).toEqual([[[expect.objectContaining({ strength: 3 })], "push", undefined]]);
  await store.settled();
});

test("who takes the address along has it at once, and what came after it counts from there", async () => {
  const store = new RailStore("c");
  const bring = vi.fn(async () => "set");
  for (const from of ["before", "set"]) {
    store.set(released(strength(from.length)));
    store.follow("push", "before", bring);
    await addressSettled();
    expect(bring).toHaveBeenLastCalledWith(expect.anything(), "push", "before");
    expect(store.behind).toBe(false);
  }
});

test("a page that is left before the address came after the rail takes it up where the address is the same", async () => {
  const left = (): RailStore => {
    const store = new RailStore("c");
    store.set(released(strength(2)));
    store.follow("push", "before", () => new Promise(() => {}));
    return new RailStore("c");
  };
  const again = left();
  expect([again.rail().shelf, again.takesUp("before"), again.takesUp("before")]).toEqual([
    strength(2).shelf,
    true,
    false,
  ]);
  expect(left().takesUp("another")).toBe(false);
  expect(new RailStore("other").takesUp(undefined)).toBe(false);
});

/** A store whose slider is dragged from 2 to 9 in 700 ms, and what is brought meanwhile. */
async function dragged(acts: boolean) {
  vi.useFakeTimers();
  const store = new RailStore("c");
  const brought: [number, string][] = [];
  const bring = async ([member]: readonly { strength: number }[], how: string) => {
    brought.push([member?.strength ?? Number.NaN, how]);
    return undefined;
  };
  for (const value of [2, 3, 4, 5, 6, 7, 8, 9]) {
    store.set(strength(value));
    store.follow(value === 2 ? "push" : "replace", undefined, bring, () => acts);
    await vi.advanceTimersByTimeAsync(100);
  }
  return { store, brought };
}

test("of what a strength passes through nothing is brought: the last is, once it is held still", async () => {
  const { brought } = await dragged(false);
  expect(brought).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(brought).toEqual([[9, "push"]]);
});

test("what is let go is brought without its being held still", async () => {
  const { store, brought } = await dragged(false);
  store.set(released(store.rail()));
  await vi.advanceTimersByTimeAsync(80);
  expect(brought).toEqual([[9, "push"]]);
});

test("while a turn is written a drag is in force as it goes on, now and then", async () => {
  const { brought } = await dragged(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(brought[0]).toEqual([2, "push"]);
  expect(brought.at(-1)).toEqual([9, "replace"]);
  expect(brought.length).toBeLessThan(7);
  expect(brought.length).toBeGreaterThan(2);
});

test("a rail outlives a reload with all its steps, and what is written there by others is an empty one", () => {
  new RailStore("c").set(strength(2));
  expect(new RailStore("c").rail()).toEqual({ ...strength(2), held: null });
  sessionStorage.setItem("patch-rail-c", '{"shelf": 3}');
  expect(new RailStore("c").rail()).toBe(EMPTY_RAIL);
});

test("a new conversation takes the rail along, a branch has its own", () => {
  railOf(NEW).set(one);
  carryRail(NEW, "first");
  expect([railOf("first").rail(), railOf(NEW).rail()]).toEqual([one, EMPTY_RAIL]);
  carryRail("first", "branch");
  railOf("branch").set(strength(2));
  expect(railOf("first").rail()).toBe(one);
});
