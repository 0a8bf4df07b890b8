/** Layers × tokens over the span, or its difference to what it is compared with. */
import { useMemo } from "react";
import { asTrouble } from "../../api/trouble";
import { LensHeatmap } from "../../components/LensHeatmap";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import type { LensGrid } from "../../lib/lens";
import { usePreferences } from "../-shell/preferences";
import { useFlip, useLabel } from "./Inspector";
import { cutLayers, type Material, outOfRange, useGrid } from "./material";
import { type Change, togglePin, type View } from "./params";
import type { Side } from "./sides";
import { differenceTitle, heatmapTitle } from "./titles";

interface Props {
  material: Material;
  view: View;
  change: Change;
  side: Side | undefined;
  /** Enter or double click on a cell. */
  onOpen?: (position: number) => void;
  cellWidth?: number;
}

/** The grid of the view, cut to its layers. */
function useViewGrid(material: Material, view: View, enabled: boolean) {
  const query = useGrid(material, view, enabled);
  const cut = useMemo(() => query.data && cutLayers(query.data, view.layers), [query.data, view.layers]);
  return { ...query, cut };
}

export function HeatmapPanel({ material, view, change, side, onOpen, cellWidth }: Props) {
  const [{ colormap }] = usePreferences();
  const flip = useFlip(view);
  const label = useLabel(material);
  const beyond =
    outOfRange(material, view) ?? (side && outOfRange(side.material, { span: view.span }, `“${side.title}”`));
  const mine = useViewGrid(material, view, beyond === undefined);
  const theirs = useGrid(side?.material ?? material, view, side !== undefined && beyond === undefined, side?.lens);
  const trouble = mine.error ?? theirs.error;
  if (trouble) return <TroubleNote trouble={asTrouble(trouble)} retry={mine.refetch} />;
  if (material.ids.length === 0) return <Empty title="No tokens yet" />;
  if (beyond !== undefined)
    return <Empty title={beyond}>Type others beside the heatmap, or empty the box to see all.</Empty>;
  if (!mine.cut) return <Waiting what="Reading every layer…" />;
  const grid: LensGrid = mine.cut;
  const pins = grid.positions.flatMap((position) =>
    view.pins.includes(material.ids[position] ?? -1) ? [position] : [],
  );
  return (
    <LensHeatmap
      grid={grid}
      waits={mine.isPlaceholderData || (side !== undefined && theirs.isPlaceholderData)}
      title={heatmapTitle(material, view, side)}
      metric={view.metric}
      of={view.of}
      vocabSize={material.model.d_vocab}
      label={label}
      position={view.token ?? null}
      layer={view.layer ?? null}
      pins={pins}
      {...(side && theirs.data && { against: theirs.data, difference: differenceTitle(material, side) })}
      flip={flip}
      fit={view.scale === "fit"}
      lo={view.lo}
      hi={view.hi}
      scheme={colormap}
      cellWidth={cellWidth}
      onSelect={({ layer, position }, by) => change({ token: position, layer }, by === "key" ? "replace" : "push")}
      onOpen={({ position }) => onOpen?.(position)}
      onPin={(position) => {
        const id = material.ids[position];
        if (id !== undefined) change({ pins: togglePin(view.pins, id) });
      }}
    />
  );
}
