/** What a text that a feature colours means: which feature, its scale, and the way back to the metric. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Legend } from "../../components/Legend";
import { TroubleNote } from "../../components/States";
import { type FeatureRef, featureId } from "../../lib/featureRef";
import type { FeatureShade } from "./featureColoring";
import classes from "./TextStrip.module.css";

interface Props {
  feature: FeatureRef;
  shade: FeatureShade;
  stop: () => void;
}

/** Leads to the feature's page, or to what must be harvested first; to nowhere while nobody knows which. */
function Name({ feature, dictionary }: { feature: FeatureRef; dictionary: string | undefined }) {
  const name = featureId(feature);
  if (dictionary === undefined) return name;
  if (dictionary === "")
    return (
      <Link
        to="/saes/$sae"
        params={{ sae: feature.sae }}
        title="Not harvested yet: its report card has a button for it"
      >
        {name}
      </Link>
    );
  return (
    <Link to="/features/$sae/$index" params={{ sae: dictionary, index: String(feature.index) }}>
      {name}
    </Link>
  );
}

export function FeatureLegend({ feature, shade: { coloring, skipped, dictionary, trouble }, stop }: Props) {
  return (
    <div className={classes.feature}>
      <span>
        coloured by <Name {...{ feature, dictionary }} />
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
