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
  asked: "",
  began: 1,
  started: 1,
  ended: null,
  attempts: 1,
  interruptions: 0,
  worker: null,
  progress: null,
  headline: {},
  failure: null,
  stopping: null,
  deleted: null,
};
const news = (first: number, points: RunNews["points"] = [], texts: readonly string[] = [], line = 0): RunNews => ({
  type: "run_news",
  row,
  points,
  unit: points.length > 0 ? "rows" : null,
  first_point: first,
  log: texts.map((text) => ({ time: 0, level: "info", text })),
  first_line: line,
  next: first + points.length,
});
const steps = (...all: number[]) => all.map((step) => ({ step }));

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
  stream.hear(news(0, steps(1, 2), ["begun"]));
  stream.hear(news(2, steps(3), [], 1));
  stream.hear(news(2, steps(3), [], 1));
  expect(stream.view().columns.get("step")).toEqual([1, 2, 3]);
  expect(stream.view().log.map(({ text }) => text)).toEqual(["begun"]);
  expect(stream.next).toBe(3);
});

test("a run that has begun anew has the points of the new attempt alone, and its log goes on", () => {
  const stream = new RunStream();
  stream.hear(news(0, steps(1, 2, 3), ["begun"]));
  stream.hear(news(0, [], ["begun again"], 1));
  expect(stream.view().columns.size).toBe(0);
  stream.hear(news(0, [{ step: 1, loss: 2 }], [], 2));
  expect(stream.view().columns.get("step")).toEqual([1]);
  expect(stream.view().columns.get("loss")).toEqual([2]);
  expect(stream.view().log.map(({ text }) => text)).toEqual(["begun", "begun again"]);
});

test("one that goes on from a checkpoint keeps what lies before that", () => {
  const stream = new RunStream();
  stream.hear(news(0, steps(1, 2, 3, 4)));
  stream.hear(news(2, steps(3, 4, 5)));
  expect(stream.view().columns.get("step")).toEqual([1, 2, 3, 4, 5]);
  expect(stream.view().points).toBe(5);
});

test("of a long run the last points are told: places still count from its beginning", () => {
  const stream = new RunStream();
  stream.hear(news(100, steps(101, 102)));
  stream.hear(news(200, steps(201)));
  stream.hear(news(201, steps(202)));
  stream.hear(news(200, steps(299)));
  expect(stream.view().columns.get("step")).toEqual([101, 102, 299]);
});

test("news of the row alone leave the curves the same object", () => {
  const stream = new RunStream();
  stream.hear(news(0, steps(1)));
  const { columns, log } = stream.view();
  stream.hear(news(1));
  expect(stream.view().columns).toBe(columns);
  expect(stream.view().log).toBe(log);
});

test("what the steps count is known for as long as there are points", () => {
  const stream = new RunStream();
  expect(stream.view().unit).toBeNull();
  stream.hear(news(0, steps(1, 2)));
  stream.hear(news(2));
  expect(stream.view().unit).toBe("rows");
  stream.hear(news(0));
  expect(stream.view().unit).toBeNull();
});

test("the view is the same object until something changes", () => {
  const stream = new RunStream();
  stream.hear(news(1));
  const before = stream.view();
  expect(stream.view()).toBe(before);
  stream.hear(news(2));
  expect(stream.view()).not.toBe(before);
});
