import { lastedWords } from "./words";

const NOW_MS = 2_000_000;

test("a run takes as long as from its beginning to its end, or until now while it runs", () => {
  expect(lastedWords({ status: "succeeded", started: 1_000, ended: 1_060 }, NOW_MS)).toBe("1 min");
  expect(lastedWords({ status: "running", started: 1_970, ended: null }, NOW_MS)).toBe("30 s");
  expect(lastedWords({ status: "running", started: 2_005, ended: null }, NOW_MS)).toBe("0 s");
});

test("what has stopped grows no longer, whatever its clock said", () => {
  expect(lastedWords({ status: "succeeded", started: 1_000, ended: 900 }, NOW_MS)).toBe("–");
  expect(lastedWords({ status: "paused", started: 1_000, ended: null }, NOW_MS)).toBe("–");
  expect(lastedWords({ status: "planned", started: 1_000, ended: null }, NOW_MS)).toBe("–");
});
