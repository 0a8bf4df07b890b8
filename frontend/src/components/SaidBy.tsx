/** Whose word a label is: a person's, a rule's, an explainer's. */
import type { FeatureLabel } from "../api/types";
import { SPEAKERS } from "../lib/labels";
import css from "./SaidBy.module.css";

export function SaidBy({ kind }: Pick<FeatureLabel, "kind">) {
  const { name, says } = SPEAKERS[kind];
  return (
    <span className={css.mark} title={says}>
      {name}
    </span>
  );
}
