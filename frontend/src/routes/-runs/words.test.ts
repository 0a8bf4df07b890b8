import { aRun } from "../../../test/runs";
import type { RunRow } from "../../api/types";
import { lastedWords, standsWords, tookWords } from "./words";

const NOW_MS = 2_000_000;

test("a run takes as long as from its beginning to its end, or until now while it runs", () => {
  expect(lastedWords(aRun("a", { status: "succeeded", started: 1_000, ended: 1_060 }), NOW_MS)).toBe("1 min");
  expect(lastedWords(aRun("a", { status: "running", started: 1_970, ended: null }), NOW_MS)).toBe("30 s");
  expect(lastedWords(aRun("a", { status: "running", started: 2_005, ended: null }), NOW_MS)).toBe("0 s");
});

test("a run stands as it failed, else by its result, else by what it was asked for", () => {
  const row = aRun("a", { asked: "seed 3", headline: { fvu: 0.5 }, failure: { error: "No room.", next: "" } });
  expect(standsWords(row)).toBe("No room.");
  expect(standsWords({ ...row, failure: null })).toBe("fvu 0.5");
  expect(standsWords({ ...row, failure: null, headline: {} })).toBe("seed 3");
});

test("what has stopped grows no longer, whatever its clock said", () => {
  expect(lastedWords(aRun("a", { status: "succeeded", started: 1_000, ended: 900 }), NOW_MS)).toBe("–");
  expect(lastedWords(aRun("a", { status: "paused", started: 1_000, ended: null }), NOW_MS)).toBe("–");
  expect(lastedWords(aRun("a", { status: "planned", started: 1_000, ended: null }), NOW_MS)).toBe("–");
});

test("where its work was counted that is told, of all attempts and by no wall clock", () => {
  const progress: RunRow["progress"] = {
    done: 5,
    of: 5,
    unit: "rows",
    stage: "",
    per_s: null,
    left_s: null,
    worked_s: 75,
  };
  const back = aRun("a", { status: "succeeded", started: 1_000, ended: 900, attempts: 2, progress });
  expect(tookWords(back, NOW_MS)).toBe("took 1 min 15 s");
  expect(tookWords({ ...back, status: "running", ended: null }, NOW_MS)).toBe("last attempt took 16 min 40 s");
  expect(tookWords({ ...back, progress: { ...progress, worked_s: null } }, NOW_MS)).toBe("last attempt took –");
});
