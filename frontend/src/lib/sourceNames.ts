/** What names the source of a new patch, in forms and addresses. */
import type { Schemas } from "../api/types";

export type DirectionKind = Schemas["FromNeuron"]["kind"];

/** What a direction is made of; features have pages of their own. */
export const DIRECTION_SOURCES = ["means", "unembedding", "span", "neuron", "file", "numbers"] as const;
export type DirectionSource = (typeof DIRECTION_SOURCES)[number];

export const DIRECTION_KINDS = ["steer", "ablate", "scale"] as const satisfies readonly DirectionKind[];

export const SITE_NAMES = ["resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out"] as const;
export const SITE = new RegExp(`^L\\d{1,3}\\.(${SITE_NAMES.join("|")})$`);
