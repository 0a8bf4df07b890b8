/** From one feature to the one before it, behind it, or any: of the table that is walked through, else of the live ones. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { featurePlace, randomFeature } from "../../api/features";
import type { Feature } from "../../api/types";
import { complain } from "../-shell/complain";
import { type FeatureSearch, questionOf } from "./params";
import { isWalk } from "./walk";

/** `search`: how examples are shown stays as it was chosen, and so does what was typed. */
export function useSteps(feature: Feature, search: FeatureSearch) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { sae } = feature.dictionary;
  const walks = isWalk(search);
  const question = questionOf(sae, search);
  const asked = featurePlace(feature.row.index, question);
  const { data: place, error, isPending } = useQuery({ ...asked, enabled: walks });
  const go = (index: number) =>
    navigate({ to: "/features/$sae/$index", params: { sae, index: String(index) }, search });
  const step = (index: number | null | undefined) => (typeof index === "number" ? () => go(index) : undefined);
  const { previous, next } = (walks ? place : feature) ?? {};
  /** A key that is hit before the place is known goes on from there when it is. */
  const later = (side: "previous" | "next") => () =>
    client.fetchQuery(asked).then((found) => step(found[side])?.(), complain);
  const waits = walks && isPending;
  return {
    walks,
    /** Undefined until it is known, and where there is no table. */
    place,
    /** Why it is not known. */
    error,
    toPrevious: waits ? later("previous") : step(previous),
    toNext: waits ? later("next") : step(next),
    toRandom: () => client.fetchQuery(randomFeature(question)).then(({ index }) => go(index), complain),
  };
}
