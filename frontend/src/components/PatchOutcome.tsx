/** What patches do to a next token: both predictions, and how far the one goes from the other beside random pushes as hard. */
import type { PatchesTried } from "../api/types";
import { formatKl, withUnit } from "../lib/format";
import { elsewhere, klWords, spreadOf, verdict } from "../lib/patches";
import { ControlDots } from "./ControlDots";
import { NextTokens } from "./NextTokens";
import css from "./PatchOutcome.module.css";

interface Props {
  tried: PatchesTried;
  /** A token as it shows. */
  label: (id: number) => string;
}

export function PatchOutcome({ tried, label }: Props) {
  const { tokens, kl, control_kl, other_kl } = tried;
  const { mean, sd } = spreadOf(control_kl);
  const says = klWords(kl, control_kl);
  return (
    <>
      <NextTokens tokens={tokens} label={label} />
      <section aria-label="How much changes" className={css.part}>
        <h3 className="label" title="KL divergence of the next token's distribution without patches to that with them">
          KL of the next token
        </h3>
        <p className={css.kl} aria-live="polite">
          {other_kl !== null && "A: "}
          <b>{says}</b>
          {control_kl.length > 0 && <span className="mute">{` (mean ${formatKl(mean)} ± ${formatKl(sd)})`}</span>}{" "}
          {verdict(kl, control_kl)} {elsewhere(kl, tokens)}
        </p>
        {other_kl !== null && (
          <p className={css.kl}>
            B: <b>{withUnit(formatKl(other_kl), "nat")}</b>
          </p>
        )}
        <ControlDots value={kl} controls={control_kl} says={says} />
      </section>
    </>
  );
}
