/** The features of one sparse autoencoder that fire at a token, and how much of the residual they explain. */
import { Palette } from "lucide-react";
import type { ReactNode } from "react";
import type { FeatureReading } from "../api/types";
import { formatNats, formatPrecise, formatShare } from "../lib/format";
import { Bar } from "./Bar";
import { type Fact, Facts } from "./Facts";
import css from "./FeatureFirings.module.css";
import { ToolButton } from "./ToolButton";

export interface FeatureFiringsProps {
  reading: FeatureReading;
  /** A link to the feature's page round what names it. */
  link: (index: number, children: ReactNode) => ReactNode;
  /** The SAE's name as a link. */
  title: ReactNode;
  /** Under the head. Defaults to none. */
  note?: ReactNode;
  /** A token as it shows, in the place of a label that nobody gave. */
  written: (id: number) => string;
  /** Index of the feature that colours the text. Defaults to none. */
  colored?: number;
  /** Colours the text by a feature, or no longer by it. */
  onColor: (index: number) => void;
}

/** Norms are in units of the residual and have no scale of their own: three digits tell them apart. */
const norm = (value: number): string => Number(value.toPrecision(3)).toString();

const figures = ({ l0, fvu, error_norm, residual_norm }: FeatureReading): readonly Fact[] => [
  { name: "L0", value: l0, says: "Features that fire at this token" },
  {
    name: "FVU",
    value: fvu === null ? "–" : formatNats(fvu),
    says: "Fraction of variance unexplained at this token: squared error over the squared distance from the mean of the tokens before it",
  },
  {
    name: "error",
    value: `${norm(error_norm)} of ${norm(residual_norm)}`,
    says: `Norm of the error ${formatPrecise(error_norm)}, of the residual ${formatPrecise(residual_norm)}`,
  },
];

export function FeatureFirings({ reading, link, title, note, written, colored, onColor }: FeatureFiringsProps) {
  const { features, l0, site, shown_share } = reading;
  const most = features[0]?.activation ?? 1;
  return (
    <section className={css.sae} aria-label={`Features of ${reading.sae}`}>
      <header className={css.head}>
        <span className={css.title}>{title}</span>
        <span className="mono mute">{site}</span>
      </header>
      {note}
      <div className={css.facts}>
        <Facts look="chips" facts={figures(reading)} />
      </div>
      {features.length === 0 && <p className={css.none}>No feature fires at this token.</p>}
      {features.length > 0 && (
        <table className={css.table}>
          <thead>
            <tr>
              <th>
                <span className="visually-hidden">Colour</span>
              </th>
              <th scope="col">feature</th>
              <th scope="col" colSpan={2} title="In the SAE's own unit">
                activation
              </th>
              <th
                scope="col"
                className={css.number}
                title="Of the reconstruction; all shares sum to 1. One that works against the others is below 0."
              >
                share
              </th>
            </tr>
          </thead>
          <tbody>
            {features.map(({ index, activation, share, label, top_tokens, norm: length }) => (
              <tr key={index} data-colored={index === colored || undefined}>
                <td className={css.tool}>
                  <ToolButton
                    label={index === colored ? "Stop colouring by it" : "Colour the text by it"}
                    pressed={index === colored}
                    onClick={() => onColor(index)}
                  >
                    <Palette size={12} />
                  </ToolButton>
                </td>
                <td className={css.name}>
                  {link(
                    index,
                    <>
                      <span className={css.index}>{index}</span>{" "}
                      {label ? (
                        <bdi className={css.label}>{label}</bdi>
                      ) : top_tokens.length > 0 ? (
                        <span className={css.label} title="No label yet: tokens on which its strongest examples peak">
                          on <bdi className={css.tokens}>{top_tokens.map(written).join(" ")}</bdi>
                        </span>
                      ) : (
                        <span className={css.label}>no label</span>
                      )}
                    </>,
                  )}
                </td>
                <td className={css.bar}>
                  <Bar value={activation / most} scheme="viridis" />
                </td>
                <td className={css.number} title={`${formatPrecise(activation)}; writes ${norm(length)} of length`}>
                  {formatNats(activation)}
                </td>
                <td className={css.number} title={formatPrecise(share)}>
                  {formatShare(share)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {l0 > features.length && (
        <p className={css.none}>
          {l0 - features.length} more with {formatShare(1 - shown_share)} of the reconstruction.
        </p>
      )}
    </section>
  );
}
