/** What the library's address holds. */
import * as z from "zod/mini";
import { p } from "../../lib/search";

const SORTS = ["slug", "site", "d_sae", "fvu", "l0", "loss_recovered", "dead", "bytes"] as const;
export type SaeSort = (typeof SORTS)[number];

export const saesSearch = z.object({
  /** Slugs of the two that stand side by side: claims. */
  a: p.claim(),
  b: p.claim(),
  q: p.str(200),
  /** By site: in the order of the layers, then by name. */
  sort: p.oneOf(SORTS, "site"),
  desc: p.bool(false),
});

export const SAES_DEFAULTS = { sort: "site", desc: false } as const;
export type SaesSearch = z.infer<typeof saesSearch>;
