/** The live metrics of a run as charts: one for each name, those of one stem together. */

export interface Chart {
  name: string;
  x: readonly number[];
  curves: readonly { key: string; label: string; values: readonly number[] }[];
}

/** What comes before the slash: `dead/layer_10` and `dead/layer_20` share a chart. */
const stemOf = (name: string): string => (name.includes("/") ? name.slice(0, name.indexOf("/")) : name);

/** `step` and `time` are axes and no metrics. Points where a chart has no value at all are left out. */
export function curvesOf(columns: ReadonlyMap<string, readonly number[]>): Chart[] {
  const steps = columns.get("step") ?? [];
  const names = [...columns.keys()].filter((name) => name !== "step" && name !== "time");
  const stems = [...new Set(names.map(stemOf))];
  return stems.map((stem) => {
    const own = names.filter((name) => stemOf(name) === stem);
    const kept = steps.flatMap((_, i) => (own.some((name) => Number.isFinite(columns.get(name)?.[i])) ? [i] : []));
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
