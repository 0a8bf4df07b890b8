import { byName } from "./patchNames";

const named = (...names: string[]) => names.map((name) => ({ name }));

test("the very name comes first, then its beginnings, words and parts; the newest of each first", () => {
  const found = named(
    "steer sae_7_trojan #3",
    "of a trojan",
    "untrojaned",
    "Trojan horse",
    "other",
    "trojan",
    "a-trojan",
  );
  expect(byName(found, " Trojan ").map(({ name }) => name)).toEqual([
    "trojan",
    "Trojan horse",
    "steer sae_7_trojan #3",
    "of a trojan",
    "a-trojan",
    "untrojaned",
    "other",
  ]);
});

test("before anything is typed the newest stay first", () => {
  expect(byName(named("b", "a"), "")).toEqual(named("b", "a"));
});
