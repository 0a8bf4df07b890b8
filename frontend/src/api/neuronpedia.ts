/** Explanations of a file become labels, as many parts at once as a message may hold. */
import { pieces } from "../lib/neuronpedia";
import { body, http } from "./http";
import type { components } from "./schema.gen";

export type Imported = components["schemas"]["ExplanationsImported"];

/** What came of all pieces together. */
export async function takeIn(sae: string, parts: readonly unknown[]): Promise<Imported> {
  const sum: Imported = { labels: 0, known: 0, skipped: 0, silent: 0, blank: 0, long: [], elsewhere: 0 };
  for (const piece of pieces(parts)) {
    const one = await body(http.POST("/api/features/{sae}/neuronpedia", { params: { path: { sae } }, body: piece }));
    sum.labels += one.labels;
    sum.known += one.known;
    sum.skipped += one.skipped;
    sum.silent += one.silent;
    sum.blank += one.blank;
    sum.long = [...sum.long, ...one.long];
    sum.elsewhere += one.elsewhere;
  }
  return sum;
}
