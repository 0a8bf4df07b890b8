import { cutNames } from "./names";

test("names that have room stay as they are", () => {
  expect(cutNames(["seed 0", "seed 1"], 6)).toEqual(["seed 0", "seed 1"]);
});

test("names of two axes are cut where all of them are alike, and stay different", () => {
  const names = [0, 1, 2].flatMap((seed) => [512, 256].map((d_sae) => `seed ${seed}, d_sae ${d_sae}`));
  const cut = cutNames(names, 14);
  expect(cut).toEqual(names.map((name) => `…${name.slice("seed ".length)}`));
  expect(new Set(cutNames(names, 8)).size).toBe(names.length);
  expect(cutNames(names, 8).every((name) => name.length <= 8)).toBe(true);
});

test("a shared end goes as a shared beginning does", () => {
  expect(cutNames(["run-a-of-the-model", "run-b-of-the-model"], 8)).toEqual(["…a…", "…b…"]);
});

test("one name alone keeps both of its ends", () => {
  expect(cutNames(["a-long-name-of-one"], 7)).toEqual(["a-l…one"]);
});
