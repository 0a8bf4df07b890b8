/** Which row of a table the keyboard is on. */
import { useEffect, useRef, useState } from "react";
import type { BigRows } from "./useBigRows";

interface Question<R> {
  /** Rows in all. */
  count: number;
  rowAt: (index: number) => R | undefined;
  /** As the page has it; undefined leaves it to the table. */
  active: number | null | undefined;
  onActive?: (index: number, row: R | undefined) => void;
  /** Another value begins at the top again. */
  of: string | undefined;
}

export interface TableRowState<R> {
  active: number | null;
  /** The row itself; undefined where there is none, or none yet. */
  current: R | undefined;
  /** To a row that may be out of view, or past an end: it is shown. */
  move: (index: number) => void;
  /** To a row that is in view. */
  act: (index: number) => void;
}

export function useTableRow<R>(question: Question<R>, { showRow, scrollToRow }: BigRows): TableRowState<R> {
  const { count, rowAt, onActive, of } = question;
  const [own, setOwn] = useState<number | null>(null);
  const active = question.active === undefined ? own : question.active;
  // A page that is opened at a row, as Back does, shows it.
  const opened = useRef(question.active ?? null);
  useEffect(() => {
    if (opened.current === null || count === 0) return;
    showRow(opened.current);
    opened.current = null;
  }, [count, showRow]);
  const before = useRef(of);
  useEffect(() => {
    if (before.current === of) return;
    before.current = of;
    scrollToRow(0);
    setOwn(null);
  }, [of, scrollToRow]);
  const act = (index: number) => {
    setOwn(index);
    onActive?.(index, rowAt(index));
  };
  const move = (index: number) => {
    const to = Math.max(0, Math.min(count - 1, index));
    showRow(to);
    act(to);
  };
  return { active, current: active === null ? undefined : rowAt(active), move, act };
}
