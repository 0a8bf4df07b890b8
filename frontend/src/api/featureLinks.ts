/** Every query of links between features: its key and its fetch, defined together, once. */
import { queryOptions } from "@tanstack/react-query";
import type { FeatureRef } from "../lib/featureRef";
import { featureKeys, type Tried } from "./features";
import { ask } from "./live";

/** A feature in a text, and the SAE whose features it is linked to. */
export interface LinkQuestion {
  feature: FeatureRef;
  given: Tried;
  /** Slug of the other SAE. */
  other: string;
}

const asked = ({ feature, given, other }: LinkQuestion) => ({
  sae: feature.sae,
  feature: feature.index,
  other,
  ...(typeof given === "string" ? { text: given, ids: null } : { text: null, ids: [...given] }),
});

/** `position`: undefined is where it fires most. `k`: links listed at most. */
export const traced = (question: LinkQuestion, position: number | undefined, k: number) =>
  queryOptions({
    queryKey: [...featureKeys.of(question.feature.sae), "links", question, position ?? null, k],
    queryFn: () => ask({ type: "trace_feature", ...asked(question), position: position ?? null, k }, "feature_traced"),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A feature of the other SAE at a position. */
export interface Cause {
  position: number;
  index: number;
}

/** A pass of the model without what one upstream feature writes. */
export const linkTest = (question: LinkQuestion, position: number, cause: Cause) =>
  queryOptions({
    queryKey: [...featureKeys.of(question.feature.sae), "link_test", question, position, cause.position, cause.index],
    queryFn: () =>
      ask(
        {
          type: "test_link",
          ...asked(question),
          position,
          other_feature: cause.index,
          other_position: cause.position,
        },
        "link_tested",
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
