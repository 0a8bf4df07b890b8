/** How far a piece of work is: a bar, and in words how much, how fast, how long yet. */
import { type ProgressFacts, progressWords } from "../lib/progress";
import css from "./ProgressBar.module.css";

export interface ProgressBarProps {
  /** Names the work to screen readers. */
  label: string;
  /** Null before the first news. */
  progress: (ProgressFacts & { stage: string }) | null;
  /** Rate and time left are told of what runs alone. Defaults to running. */
  state?: "running" | "held" | "failed" | "done";
  /** The bar alone. Defaults to false. */
  bare?: boolean;
}

export function ProgressBar({ label, progress, state = "running", bare = false }: ProgressBarProps) {
  const share = progress?.of ? Math.max(0, Math.min(1, progress.done / progress.of)) : undefined;
  const words = progress ? progressWords(progress, state === "running") : [];
  const unknown = share === undefined && state === "running";
  return (
    <div className={css.frame}>
      <div
        className={css.track}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
        aria-valuetext={progress ? [progress.stage, ...words].filter(Boolean).join(", ") : "not begun"}
      >
        <div
          className={unknown ? `${css.fill} ${css.unknown}` : css.fill}
          data-state={state}
          style={unknown ? undefined : { width: `${(share ?? (state === "done" ? 1 : 0)) * 100}%` }}
        />
      </div>
      {!bare && progress && (
        <div className={css.words} aria-hidden="true">
          {progress.stage && <span className={css.stage}>{progress.stage}</span>}
          {words.map((word) => (
            <span key={word}>{word}</span>
          ))}
        </div>
      )}
    </div>
  );
}
