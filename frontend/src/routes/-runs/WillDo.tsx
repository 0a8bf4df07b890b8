/** What a form's run, or its sweep, would do and cost. */
import { Link } from "@tanstack/react-router";
import type { Preflight, SweepPlan } from "../../api/types";
import { RunStatus } from "../../components/RunStatus";
import { counted } from "../-shell/words";
import css from "./Runs.module.css";

/** One begins so that may disappoint. */
const WARNING = "Warning: ";

interface WillDoProps {
  /** Undefined while it is asked for. */
  told: Pick<Preflight, "says" | "warnings"> | undefined;
  plan: SweepPlan | undefined;
  /** Stands in the place of both. */
  instead: string | undefined;
}

export function WillDo({ told, plan, instead }: WillDoProps) {
  return (
    <section className={css.card} aria-live="polite">
      <h2>What it will do</h2>
      {instead !== undefined ? (
        <p>{instead}</p>
      ) : plan ? (
        <Sweep plan={plan} />
      ) : told ? (
        <Sentences of={[...told.says, ...told.warnings.map((sentence) => WARNING + sentence)]} />
      ) : (
        <p>Checking…</p>
      )}
    </section>
  );
}

function Sentences({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <p>It can run as it is.</p>;
  return (
    <ul className={css.sentences}>
      {of.map((sentence) => (
        <li key={sentence} style={sentence.startsWith(WARNING) ? { color: "var(--ms-warn)" } : undefined}>
          {sentence}
        </li>
      ))}
    </ul>
  );
}

function Sweep({ plan: { total, new: queued, children, says } }: { plan: SweepPlan }) {
  const done = total - queued;
  return (
    <>
      <p>
        <b>{counted(queued, "run")}</b> into the queue
        {done > 0 && `; of ${done} more there is a run already`}.
      </p>
      <ol className={css.sentences}>
        {children.map(({ name, at, run, status }) => (
          <li key={name}>
            <span className="mono">{placeWords(at)}</span>{" "}
            {run && status && (
              <>
                <RunStatus status={status} />{" "}
                <Link to="/runs/$run" params={{ run }}>
                  {run}
                </Link>
              </>
            )}
          </li>
        ))}
      </ol>
      {total > children.length && <p>and {total - children.length} more</p>}
      {says.length > 0 && (
        <>
          <p>Each like the first:</p>
          <Sentences of={says} />
        </>
      )}
    </>
  );
}

/** `seed 1 · architecture.k 16`. */
const placeWords = (at: SweepPlan["children"][number]["at"]): string =>
  Object.entries(at)
    .map(([field, value]) => `${field} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
