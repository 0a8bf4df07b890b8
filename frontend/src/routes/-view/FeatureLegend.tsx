/** What a text that a feature colours means: which feature, its scale, and the way back to the metric. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Legend } from "../../components/Legend";
import { TroubleNote } from "../../components/States";
import { type FeatureRef, featureId } from "../../lib/features";
import type { FeatureShade } from "./featureColoring";
import classes from "./TextStrip.module.css";

interface Props {
  feature: FeatureRef;
  shade: FeatureShade;
  stop: () => void;
}

export function FeatureLegend({ feature, shade: { coloring, skipped, trouble }, stop }: Props) {
  const { sae, index } = feature;
  return (
    <div className={classes.feature}>
      <span>
        coloured by{" "}
        <Link to="/features/$sae/$index" params={{ sae, index: String(index) }}>
          {featureId(feature)}
        </Link>
      </span>
      {coloring && <Legend title="activation" domain={coloring.domain} table="highlight" />}
      {coloring && skipped > 0 && (
        <span className="mute">
          {skipped === 1 ? "position 0 is" : `positions 0 to ${skipped - 1} are`} in no statistic
        </span>
      )}
      {!coloring && !trouble && <span>reading…</span>}
      <Tooltip label="Colour by the metric again">
        <ActionIcon variant="subtle" color="gray" size={22} aria-label="Stop colouring by the feature" onClick={stop}>
          <X size={12} />
        </ActionIcon>
      </Tooltip>
      {trouble && <TroubleNote trouble={trouble} />}
    </div>
  );
}
