import { EMPTY_RAIL, edited } from "../../lib/patchRail";
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
  });
  for (const value of [2, 3, 4]) {
    store.set(strength(value));
    store.follow("push", bring);
  }
  // Asked for at once: the first of them was on the rail by then.
  expect(brought).toEqual([2]);
  expect(store.behind).toBe(true);
  arrived();
  await vi.waitFor(() => expect(brought).toEqual([2, 4]));
  arrived();
  await store.settled();
  expect([store.behind, bring.mock.calls.length]).toEqual([false, 2]);
});

test("what is dragged is brought after a pause, as one choice with what was chosen meanwhile", async () => {
  vi.useFakeTimers();
  const store = new RailStore("c");
  const brought: [number, string][] = [];
  const bring = async ([member]: readonly { strength: number }[], how: string) => {
    brought.push([member?.strength ?? Number.NaN, how]);
  };
  store.set(strength(2));
  store.follow("replace", bring);
  store.set(strength(3));
  store.follow("push", bring);
  expect(brought).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(brought).toEqual([[3, "push"]]);
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
