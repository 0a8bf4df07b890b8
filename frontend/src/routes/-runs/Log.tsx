import { useEffect, useRef } from "react";
import type { LogLine } from "../../api/types";
import { Empty, Waiting } from "../../components/States";
import css from "./Files.module.css";
import { moment } from "./words";

/** Within this of its end the log follows what is said. */
const NEAR_PX = 40;

interface LogProps {
  lines: readonly LogLine[];
  running: boolean;
  /** Nothing was heard of the run yet. */
  waiting: boolean;
}

/** What the run said, the last at the bottom. */
export function Log({ lines, running, waiting }: LogProps) {
  const list = useRef<HTMLOListElement>(null);
  const near = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end.
  useEffect(() => {
    if (near.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines.length]);
  if (waiting) return <Waiting what="Fetching the log…" />;
  if (lines.length === 0)
    return (
      <Empty title="Nothing was said">
        {running ? "What it does stands here as it goes." : "The run wrote no line to its log."}
      </Empty>
    );
  return (
    <ol
      ref={list}
      className={css.log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label="Log"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        near.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      }}
    >
      {lines.map(({ time, level, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are only added at the end.
        <li key={index} data-level={level}>
          <time dateTime={new Date(time * 1000).toISOString()}>{moment(time)}</time>
          <span>
            {level !== "info" && <b>{level}: </b>}
            <bdi>{text}</bdi>
          </span>
        </li>
      ))}
    </ol>
  );
}
