/** How the selected position's prediction forms: probability, rank, entropy and KL across the layers. */
import { Stack } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { grid as gridQuery } from "../../api/queries";
import { type LensCurve, LensCurves } from "../../components/LensCurves";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import { columnOf, type Metric, type PositionLens } from "../../lib/lens";
import { download } from "./download";
import { useLabel } from "./Inspector";
import { gridQuestion, type Material, type Reading, settledLength, useReading } from "./material";
import type { Change, View } from "./params";
import type { Side } from "./sides";

interface Props {
  material: Material;
  position: number;
  view: View;
  change: Change;
  side: Side | undefined;
  height?: number;
}

const METRICS: readonly { metric: Metric; name: string }[] = [
  { metric: "prob", name: "Probability" },
  { metric: "rank", name: "Rank" },
  { metric: "entropy", name: "Entropy" },
  { metric: "kl", name: "KL to the last layer" },
];

/** What a reading says of its actual token, or of the whole distribution. */
function valuesOf(lens: PositionLens, metric: Metric): ArrayLike<number> | undefined {
  if (metric === "prob") return lens.prob;
  if (metric === "rank") return lens.rank;
  return metric === "entropy" ? lens.entropy : lens.kl;
}

function curveOf(reading: Reading, metric: Metric, key: string, label: string): LensCurve[] {
  const values = reading.lens ? valuesOf(reading.lens, metric) : undefined;
  return values ? [{ key, label, values }] : [];
}

/** Pinned tokens at this position: one column of a grid each. */
function usePinned(material: Material, view: View, position: number) {
  const label = useLabel(material);
  const column = { ...view, span: `${position}-${position}` };
  return useQueries({
    queries: view.pins.map((pin) => ({
      ...gridQuery({ ...gridQuestion(material, column), target: pin }),
      enabled: position < settledLength(material),
    })),
    combine: (results) =>
      results.flatMap(({ data }, index) => {
        const pin = view.pins[index];
        return data && pin !== undefined ? [{ pin, label: `${label(pin)} (pinned)`, grid: data }] : [];
      }),
  });
}

export function CurvesPanel({ material, position, view, change, side, height = 190 }: Props) {
  const label = useLabel(material);
  const own = useReading(material, view, position);
  const other = useReading(side?.material ?? material, view, position, side?.lens ?? view.lens);
  const pinned = usePinned(material, view, position);
  if (own.trouble) return <TroubleNote trouble={own.trouble} />;
  if (own.lens === undefined) return <Waiting what="Reading the layers…" />;
  if (own.lens === null) return <Empty title="Nothing predicts the first token">Choose the reading after it.</Empty>;
  const layers = own.lens.layers;
  const tokenOf = ({ actual }: Reading) => (actual === undefined ? "what follows" : label(actual));
  const curves = (metric: Metric): LensCurve[] => {
    const distribution = metric === "entropy" || metric === "kl";
    const name = distribution ? `${view.lens} lens` : tokenOf(own);
    const otherName = distribution ? side?.title : `${tokenOf(other)} · ${side?.title}`;
    const others = pinned.filter(({ pin }) => pin !== own.actual && !distribution);
    return [
      ...(distribution || own.actual !== undefined
        ? curveOf(own, metric, "own", side ? `${name} · ${side.ownTitle}` : name)
        : []),
      ...(side ? curveOf(other, metric, "other", otherName ?? "") : []),
      ...others.flatMap(({ pin, label: pinLabel, grid }) => {
        const values = columnOf(grid, 0, metric, "target");
        return values ? [{ key: `pin-${pin}`, label: pinLabel, values }] : [];
      }),
    ];
  };
  return (
    <Stack gap={16} pt={8}>
      {METRICS.map(({ metric, name }) => {
        const lines = curves(metric);
        if (lines.length === 0) return null;
        const title = `${name} ${view.read} token ${position}`;
        return (
          <LensCurves
            key={metric}
            layers={layers}
            metric={metric}
            curves={lines}
            vocabSize={material.model.d_vocab}
            title={title}
            fit={view.scale === "fit"}
            height={height}
            layer={view.layer ?? null}
            onLayer={(layer) => change({ token: position, layer }, "replace")}
            onExport={(svg) => download(svg, `${title.replaceAll(" ", "-")}.svg`, "image/svg+xml")}
          />
        );
      })}
    </Stack>
  );
}
