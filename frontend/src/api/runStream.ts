/**
 * A run as it goes: its row, the curves and the log, as the socket tells them.
 *
 * A plain class outside React, like `stream.ts`: news change it at once, readers hear at most once a frame, and `view` is
 * the same object between changes.
 */
import type { Trouble } from "./trouble";
import type { LogLine, RunNews, RunRow } from "./types";

export interface RunView {
  /** Undefined until the first news. */
  row: RunRow | undefined;
  /** `step` (in `unit`), `time` (seconds since the first attempt began) and the metrics; NaN where one is missing. */
  columns: ReadonlyMap<string, readonly number[]>;
  /** What `step` of the last point counts, such as `rows`; null where nothing says. */
  unit: string | null;
  /** Points in every column. */
  points: number;
  log: readonly LogLine[];
  trouble: Trouble | undefined;
}

const EMPTY: RunView = { row: undefined, columns: new Map(), unit: null, points: 0, log: [], trouble: undefined };

/**
 * The first `before` points of the columns, with others behind them; a metric that is new has gaps before, one that is
 * absent a gap. The same columns where nothing changes.
 */
export function withPoints(
  columns: ReadonlyMap<string, readonly number[]>,
  before: number,
  points: RunNews["points"],
): ReadonlyMap<string, readonly number[]> {
  if (points.length === 0 && columns.get("step")?.length === (before || undefined)) return columns;
  if (points.length + before === 0) return EMPTY.columns;
  const names = new Set([...columns.keys(), ...points.flatMap((point) => Object.keys(point))]);
  return new Map(
    [...names].map((name) => [
      name,
      [
        ...(columns.get(name)?.slice(0, before) ?? Array<number>(before).fill(Number.NaN)),
        ...points.map((point) => point[name] ?? Number.NaN),
      ],
    ]),
  );
}

/**
 * How many of the `count` things that are held stay before news that begin at place `next`: those from there on have not
 * happened, or are told again. What was left out between them is not missed.
 */
function placed(first: number, count: number, next: number): { first: number; count: number } {
  if (count === 0 || next < first) return { first: next, count: 0 };
  return next > first + count ? { first: next - count, count } : { first, count: next - first };
}

export class RunStream {
  #view: RunView = EMPTY;
  #next = 0;
  /** Places of the first point and the first sentence that are held, among all of the run. */
  #first = 0;
  #firstLine = 0;
  #readers = new Set<() => void>();
  #frame: number | undefined;

  view = (): RunView => this.#view;

  subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };

  /** Where to go on after a drop. */
  get next(): number {
    return this.#next;
  }

  hear(news: RunNews): void {
    this.#next = news.next;
    const { columns, unit, points, log } = this.#view;
    const kept = placed(this.#first, points, news.first_point);
    const said = placed(this.#firstLine, log.length, news.first_line);
    [this.#first, this.#firstLine] = [kept.first, said.first];
    this.#change({
      row: news.row,
      columns: withPoints(columns, kept.count, news.points),
      unit: news.points.length > 0 ? news.unit : kept.count > 0 ? unit : null,
      points: kept.count + news.points.length,
      log: said.count === log.length && news.log.length === 0 ? log : [...log.slice(0, said.count), ...news.log],
      trouble: undefined,
    });
  }

  fail(trouble: Trouble): void {
    this.#change({ trouble });
  }

  #change(part: Partial<RunView>): void {
    this.#view = { ...this.#view, ...part };
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      for (const reader of this.#readers) reader();
    });
  }
}
