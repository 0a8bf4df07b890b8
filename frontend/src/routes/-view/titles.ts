/** What a heatmap is called: on the page for those who hear it, and in the pictures that leave it. */
import type { ModelInfo } from "../../api/types";
import type { View } from "./params";

interface Named {
  title: string;
  model: Pick<ModelInfo, "slug">;
}

interface Beside {
  /** Both are the same tokens under other patches. */
  sets: boolean;
  ownTitle: string;
  title: string;
  material: Named;
}

/** What is subtracted from what; texts stand in quotes, and bring their models where those differ. */
export function differenceTitle(material: Named, { ownTitle, title, material: other }: Beside): string {
  // Another lens reads the same text.
  if (other === material) return `${ownTitle} − ${title}`;
  const by = ({ model }: Named) => (material.model.slug === other.model.slug ? "" : ` by ${model.slug}`);
  return `“${ownTitle}”${by(material)} − “${title}”${by(other)}`;
}

export function heatmapTitle(material: Named, view: View, side: Beside | undefined): string {
  const { title, model } = material;
  const twoLenses = side?.material === material;
  const lens = side && twoLenses ? differenceTitle(material, side) : `${view.lens} lens`;
  const difference = side && !twoLenses ? differenceTitle(material, side) : undefined;
  const text = side?.sets ? `${title}: ${difference}` : (difference ?? title);
  return `${lens} of ${view.component}, ${view.read} each token · ${model.slug} · ${text}`;
}
