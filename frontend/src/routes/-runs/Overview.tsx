import { Link } from "@tanstack/react-router";
import { asJson } from "../../api/json";
import type { Run, RunRow } from "../../api/types";
import { JsonTree } from "../../components/JsonTree";
import { ProgressBar } from "../../components/ProgressBar";
import { SeriesChart } from "../../components/SeriesChart";
import { TroubleNote } from "../../components/States";
import { formatNamed, formatPrecise } from "../../lib/format";
import { copyText } from "../-shell/copy";
import { Contrast } from "./Contrast";
import { curvesOf, latestOf, unitOf } from "./curves";
import { Made } from "./Made";
import type { Part } from "./parts";
import { Rates } from "./Rates";
import { Refusals } from "./Refusals";
import { RunFacts } from "./RunFacts";
import css from "./Runs.module.css";
import { share } from "./replies";
import { Samples } from "./Samples";
import { Shifts } from "./Shifts";
import { TableChart } from "./TableChart";

const BAR_STATES = {
  planned: "held",
  running: "running",
  paused: "held",
  succeeded: "done",
  failed: "failed",
  cancelled: "held",
} as const;

/** These have a bar before the first news of how far they are. */
const BEGUN_LATER: ReadonlySet<RunRow["status"]> = new Set(["planned", "running", "paused"]);

export function Overview({ run, row, live, change }: Part) {
  const curves = curvesOf(live.columns);
  const [first] = curves;
  const metrics = asJson(run.metrics);
  return (
    <div className={css.columns}>
      <div className={css.stack}>
        {run.directory_missing && (
          <TroubleNote
            trouble={{
              error: "Its directory is gone: somebody deleted it.",
              next: "What the database knows of it is below. Run it again to have the files back.",
              status: 0,
            }}
          />
        )}
        {row.failure && <TroubleNote trouble={{ ...row.failure, status: 0 }} />}
        {(row.progress ? row.status !== "succeeded" : BEGUN_LATER.has(row.status)) && (
          <section className={css.card} aria-label="Progress">
            <ProgressBar label="Progress" progress={row.progress} state={BAR_STATES[row.status]} />
            {row.status === "planned" && (
              <p>
                {row.place === null ? "In the queue" : `Number ${row.place} in the queue`}: see the{" "}
                <Link to="/queue">queue</Link>.
              </p>
            )}
            {row.status === "paused" && <p>Held. Resume it, and it goes on from its last checkpoint.</p>}
          </section>
        )}
        <Headline
          values={Object.keys(row.headline).length > 0 ? row.headline : latestOf(curves)}
          metrics={run.metrics}
        />
        {row.family === "contrast_features" && row.status === "succeeded" && <Contrast run={run} />}
        {row.family === "feature_shift" && row.status === "succeeded" && <Shifts run={run} />}
        {row.family === "refusal_direction" && row.status === "succeeded" && <Refusals run={run} />}
        {row.family === "behaviour_rates" && row.status === "succeeded" && <Rates run={run} />}
        {row.family === "patch_effects" && row.status === "succeeded" && <Samples run={run} />}
        {first && (
          <section className={css.card} aria-label="Curves">
            <SeriesChart
              title={first.name}
              x={first.x}
              xLabel={unitOf(live)}
              yLabel={first.name}
              curves={first.curves}
            />
            {curves.length > 1 && (
              <button type="button" className={css.more} onClick={() => change({ tab: "metrics" })}>
                All {curves.length} curves
              </button>
            )}
          </section>
        )}
        {run.charts.length > 0 && (
          <div className={css.charts} style={{ padding: 0 }}>
            {run.charts.map((chart) => (
              <TableChart key={`${chart.table} ${chart.title}`} run={run} chart={chart} />
            ))}
          </div>
        )}
        {Object.keys(run.metrics).length > 0 && (
          <section className={css.card}>
            <h2>Result</h2>
            <JsonTree value={metrics} label="metrics" onCopy={copyText} />
          </section>
        )}
        {row.status === "succeeded" && Object.keys(run.metrics).length === 0 && run.charts.length === 0 && (
          <p className="mute">It ended without metrics or charts; its files are under Files.</p>
        )}
      </div>
      <div className={css.stack}>
        <RunFacts run={run} row={row} />
        <Made run={run} />
      </div>
    </div>
  );
}

/** What tells a result at a glance; of a run that has none yet what it reported last. */
function Headline({ values, metrics }: { values: RunRow["headline"]; metrics: Run["metrics"] }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return (
    <div className={css.tiles}>
      {entries.map(([name, value]) => (
        <div key={name} className={css.tile} title={value === null ? undefined : formatPrecise(value)}>
          <span title={name}>{name.replaceAll("_", " ")}</span>
          <b>{formatNamed(name, value)}</b>
          <small>{intervalOf(metrics, name)}</small>
        </div>
      ))}
    </div>
  );
}

/** `0.02 to 0.13`, of a metric that has its interval beside it. */
function intervalOf(metrics: Run["metrics"], name: string): string | undefined {
  const [low, high] = [metrics[`${name}_low`], metrics[`${name}_high`]];
  return typeof low === "number" && typeof high === "number" ? `${share(low)} to ${share(high)}` : undefined;
}
