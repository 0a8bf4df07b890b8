/** What kind of evidence a result is, in a frame beside its title. */
import css from "./Evidence.module.css";

const SAYS = {
  causal: "The model itself was run with the change",
  "attribution approximation": "Computed from gradients or weights: the model was not run anew",
} as const;

export function Evidence({ of }: { of: keyof typeof SAYS }) {
  return (
    <span className={css.mark} title={SAYS[of]}>
      {of}
    </span>
  );
}
