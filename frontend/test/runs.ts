/** Runs as the server tells of them. */
import type { RunRow } from "../src/api/types";

export const aRun = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id,
  family: "train_sae",
  name: `run ${id}`,
  status: "planned",
  priority: 0,
  place: null,
  tags: [],
  evidence: "decomposition",
  asked: "",
  created: 1_700_000_000,
  began: null,
  started: null,
  ended: null,
  attempts: 0,
  interruptions: 0,
  worker: null,
  progress: null,
  headline: {},
  failure: null,
  stopping: null,
  deleted: null,
  ...more,
});
