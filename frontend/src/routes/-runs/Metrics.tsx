import { MultiSelect, Slider } from "@mantine/core";
import { useMemo, useState } from "react";
import { SeriesChart } from "../../components/SeriesChart";
import { Empty, Waiting } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { curvesOf, unitOf } from "./curves";
import type { Part } from "./parts";
import css from "./Runs.module.css";

/** What it reported on its way, as curves. */
export function Metrics({ row, live, search, change }: Part) {
  const all = useMemo(() => curvesOf(live.columns), [live.columns]);
  const chosen = search.m?.split(",") ?? [];
  const shown = chosen.length > 0 ? all.filter(({ name }) => chosen.includes(name)) : all;
  const [smooth, setSmooth] = useState(search.smooth);
  // Its first news have every point so far.
  if (!live.row && !live.trouble) return <Waiting what="Fetching the curves…" />;
  if (all.length === 0)
    return (
      <Empty title="No curve yet">
        {row.status === "running" || row.status === "planned" || row.status === "paused"
          ? "Metrics are drawn here as the run reports them."
          : "This run reported no metrics on its way; its result is under Overview."}
      </Empty>
    );
  return (
    <>
      <div className={css.filters}>
        <MultiSelect
          aria-label="Metrics"
          size="xs"
          placeholder={chosen.length === 0 ? "All metrics" : undefined}
          clearable
          data={all.map(({ name }) => name)}
          value={chosen}
          onChange={(names) => change({ m: names.join(",") || undefined })}
        />
        <span className="mute">smooth</span>
        <Slider
          thumbLabel="Smoothing: weight of what came before"
          w={140}
          size="xs"
          min={0}
          max={0.99}
          step={0.01}
          value={smooth}
          onChange={setSmooth}
          onChangeEnd={(value) => change({ smooth: value }, true)}
        />
        <span className="num">{smooth.toFixed(2)}</span>
        <ToolButton label="Logarithmic axes" pressed={search.log} onClick={() => change({ log: !search.log })}>
          log
        </ToolButton>
      </div>
      <div className={css.charts}>
        {shown.map(({ name, x, curves }) => (
          <section key={name} className={css.card} aria-label={name}>
            <SeriesChart
              title={name}
              x={x}
              xLabel={unitOf(live)}
              yLabel={name}
              curves={curves}
              smooth={smooth}
              log={search.log}
            />
          </section>
        ))}
      </div>
    </>
  );
}
