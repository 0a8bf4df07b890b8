/** The live metrics of a run as charts: one for each name, those of one stem together. */
import type { RunRow } from "../../api/types";

export interface Chart {
  name: string;
  x: readonly number[];
  curves: readonly { key: string; label: string; values: readonly number[] }[];
}

/** What comes before the slash: `dead/layer_10` and `dead/layer_20` share a chart. */
const stemOf = (name: string): string => (name.includes("/") ? name.slice(0, name.indexOf("/")) : name);

/** Points that go on behind all those before: a stage that counts from 0 again has another axis. */
function ascending(steps: readonly number[]): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return steps.flatMap((step, i) => {
    if (!(step > last)) return [];
    last = step;
    return [i];
  });
}

/** `step` and `time` are axes and no metrics. Points where a chart has no value at all are left out. */
export function curvesOf(columns: ReadonlyMap<string, readonly number[]>): Chart[] {
  const steps = columns.get("step") ?? [];
  const points = ascending(steps);
  const names = [...columns.keys()].filter((name) => name !== "step" && name !== "time");
  const stems = [...new Set(names.map(stemOf))];
  return stems.map((stem) => {
    const own = names.filter((name) => stemOf(name) === stem);
    const kept = points.filter((i) => own.some((name) => Number.isFinite(columns.get(name)?.[i])));
    return {
      name: stem,
      x: kept.map((i) => steps[i] ?? 0),
      curves: own.map((name) => ({
        key: name,
        label: name.slice(stem.length + 1) || name,
        values: kept.map((i) => columns.get(name)?.[i] ?? Number.NaN),
      })),
    };
  });
}

/**
 * What a chart's steps count: the unit that the run counts in now, as long as that is of the same stage. A later stage,
 * which counts anew, has not come as far as the curve, or has less to do than the curve is long; then it is `step`.
 */
export function unitOf({ x }: Pick<Chart, "x">, progress: RunRow["progress"]): string {
  const last = x.at(-1);
  if (!progress || last === undefined || last > progress.done || last > (progress.of ?? last)) return "step";
  return progress.unit || "step";
}

/** The last value of each curve, by its name, of the first six. */
export const latestOf = (charts: readonly Chart[]): Record<string, number> =>
  Object.fromEntries(
    charts
      .flatMap(({ curves }) => curves)
      .slice(0, 6)
      .flatMap(({ key, values }) => {
        const last = values.findLast(Number.isFinite);
        return last === undefined ? [] : [[key, last]];
      }),
  );
