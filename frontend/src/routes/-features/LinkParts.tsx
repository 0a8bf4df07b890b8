/** What an activation is made of: parts that add up to it, those below 0 drawn to the left. */
import type { FeatureTraced } from "../../api/types";
import { type Fact, Facts } from "../../components/Facts";
import { formatNats, formatPrecise, formatShare, formatSigned } from "../../lib/format";
import { explained, type PartName, type Parts, stacked } from "../../lib/links";
import classes from "./Feature.module.css";
import css from "./Links.module.css";

const SAYS: Readonly<Record<PartName, string>> = {
  features: "What all features of the other SAE have together",
  error: "What the other SAE leaves unexplained of the stream",
  bias: "What its decoder's bias has, Σ⟨g, b⟩",
  skip: "What it gives back of its input and of no feature, Σ⟨g, s⟩: a transcoder's skip path, the mean under layer norm, what a temporal one foretells",
  rest: "Biases of the layers between and of this encoder, and what MLPs do beyond their slope",
};

const partsOf = ({ features, error, bias, skip, rest }: FeatureTraced): Parts => ({
  features: features ?? 0,
  error: error ?? 0,
  bias: bias ?? 0,
  skip: skip ?? 0,
  rest: rest ?? 0,
});

function StackedBar({ parts }: { parts: Parts }) {
  const { pieces, zero, sum } = stacked(parts);
  const at = (share: number) => `${share * 100}%`;
  return (
    <div className={css.stack} aria-hidden="true">
      {pieces.map(({ name, from, width }) => (
        <span key={name} className={`${css.piece} ${css[name]}`} style={{ left: at(from), width: at(width) }} />
      ))}
      <span className={css.zero} style={{ left: at(zero) }} title="0" />
      <span className={css.sum} style={{ left: at(sum) }} title="the activation" />
    </div>
  );
}

export function LinkParts({ trace }: { trace: FeatureTraced }) {
  const parts = partsOf(trace);
  // Most SAEs have no skip.
  const pieces = stacked(parts).pieces.filter(({ name, value }) => name !== "skip" || value !== 0);
  const { activation, other } = trace;
  return (
    <>
      <StackedBar parts={parts} />
      <Facts
        look="line"
        label="Parts of the activation"
        facts={[
          ...pieces.map(
            ({ name, value }): Fact => ({
              name,
              value: formatSigned(value),
              says: `${SAYS[name]}: ${formatPrecise(value)}`,
              mono: "value",
              mark: <i className={`${css.swatch} ${css[name]}`} aria-hidden="true" />,
            }),
          ),
          {
            name: "activation",
            value: formatNats(activation),
            says: `All of these add up to it: ${formatPrecise(activation)}`,
            mono: "value",
          },
        ]}
      />
      <p className={classes.none}>
        Of {formatNats(activation)}, the features of {other} have {formatSigned(parts.features)}, a share of{" "}
        {formatShare(parts.features / activation)}. {explained(parts, activation)}
      </p>
    </>
  );
}
