/** What can be done with the library: each is one call. */
import { body, http } from "../../api/http";
import type { SaeCard } from "../../api/types";

interface Asked {
  source: string;
  layer: number | null;
  name: string;
  /** What it reads, where its files do not say; null takes back what was said. */
  site: string | null;
  /** The model that it was trained on, where its files do not say, or call the same one otherwise; null as of `site`. */
  model_name: string | null;
}

export const importSae = (asked: Asked): Promise<SaeCard> =>
  body(http.POST("/api/saes", { body: asked })) as Promise<SaeCard>;

export const removeSae = (sae: string) => body(http.DELETE("/api/saes/{sae}", { params: { path: { sae } } }));

/** A zip of the folder that SAELens reads. */
export const exportSae = (sae: string, dtype: "float32" | "float16"): Promise<Blob> =>
  body(http.POST("/api/export-sae", { body: { sae, dtype }, parseAs: "blob" })) as Promise<Blob>;
