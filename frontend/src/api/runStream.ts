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
  /** `step` (in the progress' unit), `time` (seconds since the first attempt began) and the metrics; NaN where one is missing. */
  columns: ReadonlyMap<string, readonly number[]>;
  /** Points in every column. */
  points: number;
  log: readonly LogLine[];
  trouble: Trouble | undefined;
}

const EMPTY: RunView = { row: undefined, columns: new Map(), points: 0, log: [], trouble: undefined };

/** Columns with points appended; a metric that is new has gaps before, one that is absent a gap. */
export function withPoints(
  columns: ReadonlyMap<string, readonly number[]>,
  before: number,
  points: RunNews["points"],
): Map<string, readonly number[]> {
  const names = new Set([...columns.keys(), ...points.flatMap((point) => Object.keys(point))]);
  return new Map(
    [...names].map((name) => [
      name,
      [
        ...(columns.get(name) ?? Array<number>(before).fill(Number.NaN)),
        ...points.map((point) => point[name] ?? Number.NaN),
      ],
    ]),
  );
}

export class RunStream {
  #view: RunView = EMPTY;
  #next = 0;
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
    // Told before, as after a reconnection in the middle of a message; only the row may be newer.
    const known = news.next <= this.#next && this.#next > 0;
    this.#next = Math.max(this.#next, news.next);
    const { columns, points, log } = this.#view;
    const fresh = known ? [] : news.points;
    this.#change({
      row: news.row,
      columns: fresh.length > 0 ? withPoints(columns, points, fresh) : columns,
      points: points + fresh.length,
      log: known || news.log.length === 0 ? log : [...log, ...news.log],
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
