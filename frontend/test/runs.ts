/** Runs as the server tells of them. */
import type { Run, RunRow } from "../src/api/types";

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

/** One that succeeded within a minute. */
export const anEndedRun = (id: string, more: Partial<RunRow> = {}): RunRow =>
  aRun(id, {
    status: "succeeded",
    began: 1_700_000_000,
    started: 1_700_000_000,
    ended: 1_700_000_060,
    attempts: 1,
    worker: "host:1",
    ...more,
  });

/** All that its page asks for. */
export const aWholeRun = (id: string, more: Partial<Run> = {}): Run => ({
  row: anEndedRun(id),
  spec: { kind: "train_sae" },
  spec_sha256: "ab12",
  metrics: {},
  charts: [],
  live: [],
  environment: {},
  artifacts: [],
  directory: "/runs/one",
  directory_missing: false,
  made: [],
  links: [],
  ...more,
});
