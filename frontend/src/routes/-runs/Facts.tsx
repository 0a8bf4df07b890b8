import { useEffect, useState } from "react";
import type { Run, RunRow } from "../../api/types";
import css from "./Runs.module.css";
import { lastedWords, moment, tookTitle } from "./words";

/** Unix milliseconds, counted on while `on`. */
function useSecond(on: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

/** Where there were several: how many, and when the last of them began. */
function attempts({ attempts, interruptions, started }: RunRow): [string, string][] {
  if (attempts < 2 && interruptions === 0) return [];
  const interrupted = interruptions > 0 ? `, interrupted ${interruptions}×` : "";
  return [
    ["attempts", `${attempts}${interrupted}`],
    ["last began", moment(started)],
  ];
}

/** What the database knows of a run. */
export function Facts({ run, row }: { run: Run; row: RunRow }) {
  const now = useSecond(row.status === "running");
  const facts: [string, string][] = [
    ["id", row.id],
    ["family", row.family],
    ["evidence", row.evidence],
    ["made", moment(row.created)],
    ["began", moment(row.began ?? (row.attempts > 1 ? null : row.started))],
    ["ended", moment(row.ended)],
    [tookTitle(row), lastedWords(row, now)],
    ...attempts(row),
    ["priority", String(row.priority)],
    ["worker", row.worker ?? "–"],
    ["spec", `${run.spec_sha256.slice(0, 12)}…`],
  ];
  return (
    <section className={css.card}>
      <h2>Run</h2>
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd className={name === "id" || name === "spec" || name === "worker" ? "mono" : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
