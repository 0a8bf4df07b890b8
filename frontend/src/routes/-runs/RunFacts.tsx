import { useEffect, useState } from "react";
import type { Run, RunRow } from "../../api/types";
import { type Fact, Facts } from "../../components/Facts";
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
function attempts({ attempts, interruptions, started }: RunRow): Fact[] {
  if (attempts < 2 && interruptions === 0) return [];
  const interrupted = interruptions > 0 ? `, interrupted ${interruptions}×` : "";
  return [
    { name: "attempts", value: `${attempts}${interrupted}` },
    { name: "last began", value: moment(started) },
  ];
}

/** What the database knows of a run. */
export function RunFacts({ run, row }: { run: Run; row: RunRow }) {
  const now = useSecond(row.status === "running");
  return (
    <section className={css.card}>
      <h2>Run</h2>
      <Facts
        look="columns"
        facts={[
          { name: "id", value: row.id, mono: "value" },
          { name: "family", value: row.family },
          { name: "evidence", value: row.evidence },
          { name: "made", value: moment(row.created) },
          { name: "began", value: moment(row.began ?? (row.attempts > 1 ? null : row.started)) },
          { name: "ended", value: moment(row.ended) },
          { name: tookTitle(row), value: lastedWords(row, now) },
          ...attempts(row),
          { name: "priority", value: row.priority },
          { name: "worker", value: row.worker ?? "–", mono: "value" },
          { name: "spec", value: `${run.spec_sha256.slice(0, 12)}…`, mono: "value" },
        ]}
      />
    </section>
  );
}
