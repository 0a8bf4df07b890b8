import { RunStream, withPoints } from "./runStream";
import type { RunNews, RunRow } from "./types";

const row: RunRow = {
  id: "r1",
  family: "train_sae",
  name: "",
  status: "running",
  priority: 0,
  place: null,
  tags: [],
  evidence: "decomposition",
  created: 0,
  started: 1,
  ended: null,
  attempts: 1,
  interruptions: 0,
  worker: null,
  progress: null,
  headline: {},
  failure: null,
  stopping: null,
};
const news = (next: number, points: RunNews["points"] = [], texts: readonly string[] = []): RunNews => ({
  type: "run_news",
  row,
  points,
  log: texts.map((text) => ({ time: 0, level: "info", text })),
  next,
});

test("points become columns; what a point lacks is a gap, also before a metric came first", () => {
  const columns = withPoints(new Map([["step", [1, 2]]]), 2, [
    { step: 3, loss: 0.5 },
    { step: 4, loss: null },
  ]);
  expect(columns.get("step")).toEqual([1, 2, 3, 4]);
  expect(columns.get("loss")).toEqual([Number.NaN, Number.NaN, 0.5, Number.NaN]);
});

test("news are appended, and what was told before is not told twice", () => {
  const stream = new RunStream();
  stream.hear(news(2, [{ step: 1 }], ["begun"]));
  stream.hear(news(3, [{ step: 2 }]));
  stream.hear(news(3, [{ step: 2 }]));
  expect(stream.view().columns.get("step")).toEqual([1, 2]);
  expect(stream.view().log.map(({ text }) => text)).toEqual(["begun"]);
  expect(stream.next).toBe(3);
});

test("the view is the same object until something changes", () => {
  const stream = new RunStream();
  stream.hear(news(1));
  const before = stream.view();
  expect(stream.view()).toBe(before);
  stream.hear(news(2));
  expect(stream.view()).not.toBe(before);
});
