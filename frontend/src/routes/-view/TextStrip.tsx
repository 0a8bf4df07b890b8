/** The tokens of a material as text, shaded by one number each, with the legend of the shading. */
import { Button } from "@mantine/core";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { Legend } from "../../components/Legend";
import { type StripMark, type StripNote, TokenStrip } from "../../components/TokenStrip";
import { METRICS } from "../../lib/lens";
import { type Block, stripRoles } from "../../lib/strip";
import { usePreferences } from "../-shell/preferences";
import { MetricChoice } from "./Controls";
import { coloringName, coloringOf, isEasy } from "./coloring";
import { FeatureLegend } from "./FeatureLegend";
import { useFeatureShade } from "./featureColoring";
import { type Material, useColorGrid, useGrowing } from "./material";
import { type Change, togglePin, type View } from "./params";
import classes from "./TextStrip.module.css";

interface Props {
  material: Material;
  view: View;
  change: Change;
  /** What stands beside a turn's name; the block's ends are positions. */
  aside?: (block: Block) => ReactNode;
  /** Enter or double click on a token. */
  onOpen?: (position: number) => void;
  /** Words that stand before the token at a position. Defaults to none. */
  notes?: ReadonlyMap<number, StripNote>;
  /** Tokens with a dotted line under them. Defaults to none. */
  marks?: readonly StripMark[];
  /** Leave out the choice of what colours it. Defaults to false. */
  plain?: boolean;
}

export function TextStrip({ material: known, view, change, aside, onOpen, notes, marks, plain = false }: Props) {
  const material = useGrowing(known);
  const { ids, roles, turns, vocab, generating } = material;
  const [{ whitespace, underline, template }] = usePreferences();
  const [wanted, setWanted] = useState(false);
  const easy = isEasy(material);
  const grid = useColorGrid(material, (easy || wanted) && view.feature === undefined);
  // A heatmap of the same grid is drawn first: thousands of tokens take longer to shade.
  const shade = useDeferredValue(grid.data);
  const own = coloringOf(material, shade, view.metric, view.scale === "fit");
  const feature = useFeatureShade(material, view.feature);
  const coloring = feature ? (feature.coloring ?? { ...own, values: [] }) : own;
  const tokens = useMemo(() => {
    const told = stripRoles(roles, turns);
    return ids.flatMap((id, position) => {
      const role = told[position] ?? "template";
      return template || role !== "template" ? [{ id, position, role }] : [];
    });
  }, [ids, roles, turns, template]);
  // Where template tokens are hidden, the strip's indices are not positions.
  const inPositions = (block: Block): Block => ({
    ...block,
    start: tokens[block.start]?.position ?? 0,
    end: (tokens[block.end - 1]?.position ?? -1) + 1,
  });
  // Values are per token of the strip, which leaves out hidden ones.
  const values = tokens.map(({ position }) => coloring.values[position] ?? Number.NaN);
  const pins = tokens.flatMap(({ id, position }) => (view.pins.includes(id) ? [position] : []));
  return (
    <>
      <div className={classes.text}>
        <TokenStrip
          tokens={tokens}
          vocab={vocab}
          label={material.title}
          selected={view.token ?? null}
          pins={pins}
          coloring={{ ...coloring, values }}
          underline={underline}
          whitespace={whitespace}
          streaming={generating}
          notes={notes}
          marks={marks}
          aside={(block) => aside?.(inPositions(block))}
          onSelect={(position, by) => change({ token: position }, by === "key" ? "replace" : "push")}
          onOpen={onOpen}
          onPin={(position) => {
            const id = ids[position];
            if (id !== undefined) change({ pins: togglePin(view.pins, id) });
          }}
        />
      </div>
      {feature && view.feature && (
        <FeatureLegend feature={view.feature} shade={feature} stop={() => change({ feature: undefined })} />
      )}
      {!plain && !feature && (
        <div className={classes.legend}>
          <MetricChoice view={view} change={change} />
          <Legend
            title={coloringName(view.metric, material)}
            unit={METRICS[view.metric].unit}
            domain={coloring.domain}
            table="highlight"
          />
          {!easy && !wanted && (
            <Button variant="default" size="compact-xs" onClick={() => setWanted(true)}>
              Colour typed tokens too
            </Button>
          )}
          {grid.isFetching && <span>reading…</span>}
        </div>
      )}
    </>
  );
}
