/** How a feature of a sparse autoencoder is named: all that addresses need to know of features. */

/** A feature by the slug of its SAE and its 0-based index. */
export interface FeatureRef {
  sae: string;
  index: number;
}

/** `<sae>/<index>`, as links, files and `by=` write it. */
export const featureId = ({ sae, index }: FeatureRef): string => `${sae}/${index}`;

/** The feature that `<sae>/<index>` names; undefined where it is no such name. */
export function featureOf(text: string | undefined): FeatureRef | undefined {
  const match = /^([^/]+)\/(\d{1,9})$/.exec(text ?? "");
  const [, sae, index] = match ?? [];
  return sae === undefined ? undefined : { sae, index: Number(index) };
}

const COLORS = /^feature:(.+)$/;

/** The feature that `feature:<sae>/<index>` colours a text by. */
export const coloringFeature = (by: string | undefined): FeatureRef | undefined =>
  featureOf(COLORS.exec(by ?? "")?.[1]);
