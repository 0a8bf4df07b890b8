/** From one feature to the live one before it, behind it, or any. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { randomFeature } from "../../api/features";
import type { Feature } from "../../api/types";
import { complain } from "../-shell/complain";
import type { FeatureSearch } from "./params";

/** `search`: how examples are shown stays as it was chosen, and so does what was typed. */
export function useSteps(feature: Feature, search: FeatureSearch) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { sae } = feature.dictionary;
  const go = (index: number) =>
    navigate({ to: "/features/$sae/$index", params: { sae, index: String(index) }, search });
  const { previous, next } = feature;
  return {
    toPrevious: previous === null ? undefined : () => go(previous),
    toNext: next === null ? undefined : () => go(next),
    toRandom: () => client.fetchQuery(randomFeature(sae)).then(({ index }) => go(index), complain),
  };
}
