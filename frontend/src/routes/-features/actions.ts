/** What can be done with a feature: each is one call, and what must follow it. */
import { useQueryClient } from "@tanstack/react-query";
import { featureKeys } from "../../api/features";
import { body, http } from "../../api/http";
import type { Feature, FeatureLabel, NewLabel } from "../../api/types";
import { complain } from "../-shell/complain";
import { undoToast } from "../-shell/undo";

export function useFeatureActions(feature: Feature) {
  const client = useQueryClient();
  const { sae } = feature.dictionary;
  const path = { sae, index: feature.row.index };
  const done = () => client.invalidateQueries({ queryKey: featureKeys.of(sae) });
  const run = (call: Promise<unknown>) => call.then(done, complain);
  const say = (label: NewLabel) =>
    run(body(http.POST("/api/features/{sae}/{index}/labels", { params: { path }, body: label })));
  const star = (starred: boolean) =>
    run(
      starred
        ? body(http.PUT("/api/features/{sae}/{index}/star", { params: { path } }))
        : body(http.DELETE("/api/features/{sae}/{index}/star", { params: { path } })),
    );
  return {
    say,
    star,
    /** The old text stays in the history. */
    revise: (id: number, text: string) =>
      run(body(http.PATCH("/api/labels/{id}", { params: { path: { id } }, body: { text, author: "" } }))),
    withdraw: (entry: FeatureLabel) =>
      run(body(http.DELETE("/api/labels/{id}", { params: { path: { id: entry.id } } }))).then(() =>
        undoToast(`The ${entry.what} was taken back.`, () =>
          say({ what: entry.what, text: entry.text, author: entry.author, score: entry.score }),
        ),
      ),
  };
}
