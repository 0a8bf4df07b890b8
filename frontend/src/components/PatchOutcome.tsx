/** What patches do to a next token: both predictions, and how far the one goes from the other beside random pushes as hard. */
import type { PatchesTried } from "../api/types";
import { formatKl } from "../lib/format";
import { elsewhere, klWords, spreadOf, verdict } from "../lib/patches";
import { ControlDots } from "./ControlDots";
import { NextTokens } from "./NextTokens";
import css from "./PatchOutcome.module.css";

interface Props {
  tried: PatchesTried;
  /** A token as it shows. */
  label: (id: number) => string;
  /** Which of two sides the patches are where the other one is the model as it is. Defaults to neither. */
  after?: "A" | "B";
}

export function PatchOutcome({ tried, label, after }: Props) {
  const { tokens, kl, control_kl, other_kl, other_control_kl } = tried;
  const most = Math.max(kl, other_kl ?? 0, ...control_kl, ...other_control_kl);
  const two = other_kl !== null;
  return (
    <>
      <NextTokens {...{ tokens, label, after }} />
      <section aria-label="How much changes" className={css.part}>
        <h3 className="label" title="KL divergence of the next token's distribution without patches to that with them">
          KL of the next token
        </h3>
        <Beside kl={kl} controls={control_kl} most={most} of={two ? "A" : after} more={elsewhere(kl, tokens)} />
        {two && <Beside kl={other_kl} controls={other_control_kl} most={most} of="B" more="" />}
      </section>
    </>
  );
}

interface BesideProps {
  kl: number;
  /** Of the random pushes. */
  controls: readonly number[];
  /** What the line ends at. */
  most: number;
  /** Which of two changes it is; undefined of a single one. */
  of: "A" | "B" | undefined;
  more: string;
}

function Beside({ kl, controls, most, of, more }: BesideProps) {
  const { mean, sd } = spreadOf(controls);
  const says = klWords(kl, controls);
  return (
    <>
      <p className={css.kl} aria-live="polite">
        {of && `${of}: `}
        <b>{says}</b>
        {controls.length > 0 && <span className="mute">{` (mean ${formatKl(mean)} ± ${formatKl(sd)})`}</span>}{" "}
        {verdict(kl, controls)} {more}
      </p>
      <ControlDots value={kl} {...{ controls, most }} of={of} says={of ? `${of}: ${says}` : says} />
    </>
  );
}
