/** The live metrics of a run as charts: one for each name, those of one stem together. */
import type { RunView } from "../../api/runStream";

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
 * What the charts' steps count. It is known of the last point: where that one is of a later stage, which counts anew, or
 * nothing says, it is no more than `progress`.
 */
export function unitOf({ columns, unit }: Pick<RunView, "columns" | "unit">): string {
  const steps = columns.get("step") ?? [];
  return unit && ascending(steps).at(-1) === steps.length - 1 ? unit : "progress";
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
