/** The text shaded by one feature of a sparse autoencoder in the place of a metric. */
import { useQuery } from "@tanstack/react-query";
import { featureActivations } from "../../api/features";
import { useTrouble } from "../../api/live";
import { weightsOf } from "../../api/queries";
import type { Trouble } from "../../api/trouble";
import type { StripColoring } from "../../components/TokenStrip";
import { type FeatureRef, featureId } from "../../lib/featureRef";
import { type Material, settledLength } from "./material";

export interface FeatureShade {
  /** Undefined while it is on its way. */
  coloring: StripColoring | undefined;
  /** Leading positions that are in no statistic. */
  skipped: number;
  /** Name of the dictionary that has the feature's page; empty where there is none, undefined while nobody knows. */
  dictionary: string | undefined;
  trouble: Trouble | undefined;
}

const NOBODY: FeatureRef = { sae: "", index: 0 };

/** Activations as a shading, scaled by the largest of the dictionary, so that the same shade is the same strength in every text. */
export function shadeOf(name: string, activations: readonly number[], max: number): StripColoring {
  const here = Math.max(0, ...activations);
  const to = max > 0 ? max : here > 0 ? here : 1;
  return { name, values: activations, domain: { from: 0, to, log: false, fitted: max <= 0 } };
}

/** What a text looks like under a feature; nothing where none is chosen. */
export function useFeatureShade(material: Material, feature: FeatureRef | undefined): FeatureShade | undefined {
  const { source, epoch, model } = material;
  const length = settledLength(material);
  const found = useQuery({
    ...featureActivations({ source, weights: weightsOf(model), epoch, length, feature: feature ?? NOBODY }),
    enabled: feature !== undefined && length > 0,
    // A text that has grown keeps its shades until the new ones are there.
    placeholderData: (before) =>
      before && before.sae === feature?.sae && before.feature === feature.index ? before : undefined,
  });
  const trouble = useTrouble(found.error);
  if (!feature) return undefined;
  const name = `activation of ${featureId(feature)}`;
  return {
    coloring: found.data && shadeOf(name, found.data.activations, found.data.max),
    skipped: found.data?.skipped ?? 0,
    dictionary: found.data?.dictionary,
    trouble,
  };
}
