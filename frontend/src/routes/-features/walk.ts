/** The table that somebody came from: its order is what "previous" and "next" on a feature's page go by. */
import { formatCount } from "../../lib/format";
import type { FeatureOrder } from "./params";

/** What an address says of a table's order, and nothing else of it. */
export const orderOf = (search: FeatureOrder): FeatureOrder => {
  const { q, within, sort, desc, density, max, state, list, starred } = search;
  return { q, within, sort, desc, density, max, state, list, starred };
};

const isFiltered = ({ q, density, max, state, list, starred }: FeatureOrder): boolean =>
  Boolean(q || density || max || list || starred) || state !== "live";

/** It is another order than that of the live features by index. */
export const isWalk = (order: FeatureOrder): boolean => isFiltered(order) || order.sort !== "id" || order.desc;

const SORTED: Record<FeatureOrder["sort"], readonly [up: string, down: string]> = {
  id: ["by index", "by index from the last"],
  density: ["the rarest first", "the densest first"],
  max: ["the weakest first", "the strongest first"],
  label: ["by label", "by label from the last"],
  score: ["the lowest score first", "the highest score first"],
};

const WITHIN: Record<FeatureOrder["within"], string> = {
  all: "",
  label: " in labels",
  token: " in tokens",
  logit: " in logits",
  text: " in texts",
};

/** A table's order in words: `“dog” in labels, starred, the densest first`. */
export function orderWords(order: FeatureOrder): string {
  const { q, within, sort, desc, density, max, state, list, starred } = order;
  const words = [
    q && `“${q}”${WITHIN[within]}`,
    list && "of one list",
    starred && "starred",
    density && `density ${density}`,
    max && `max ${max}`,
    state === "dead" && "dead",
    state === "all" && "live and dead",
    SORTED[sort][desc ? 1 : 0],
  ];
  return words.filter(Boolean).join(", ");
}

/** Where a feature stands in the table: `12 of 340`; undefined until that is known. */
export function placeWords(place: { row: number | null; total: number } | undefined): string | undefined {
  if (!place) return undefined;
  return place.row === null
    ? "not among them any more"
    : `${formatCount(place.row + 1)} of ${formatCount(place.total)}`;
}
