/** The next token before and after a change as paired bars, with how far each goes beside what random pushes do to it. */
import type { TriedToken } from "../api/types";
import { formatPrecise, formatProb, formatSigned } from "../lib/format";
import { controlPoints, fullBar, pointsOf } from "../lib/patches";
import { HueBar } from "./HueBar";
import css from "./NextTokens.module.css";

interface Props {
  /** In the order in which they are listed. */
  tokens: readonly TriedToken[];
  /** A token as it shows. */
  label: (id: number) => string;
}

const percent = (part: number, whole: number): string => `${Math.min(1, part / whole) * 100}%`;

/** Where random pushes take a probability: from the least to the most. */
function Whisker({ controls, full }: { controls: readonly number[]; full: number }) {
  if (controls.length === 0) return null;
  const [low, high] = [Math.min(...controls), Math.max(...controls)];
  return <span className={css.whisker} style={{ left: percent(low, full), width: percent(high - low, full) }} />;
}

function Row({ token, label, full }: { token: TriedToken; label: Props["label"]; full: number }) {
  const { token_id, base, patched, controls } = token;
  const random = controlPoints(token)?.map((points) => formatSigned(points, 1));
  return (
    <tr>
      <th scope="row">
        <bdi className={css.token} title={`id ${token_id}`}>
          {label(token_id)}
        </bdi>
      </th>
      <td className={css.bars}>
        <HueBar share={base / full} hue="plain" />
        <HueBar share={patched / full}>
          <Whisker controls={controls} full={full} />
        </HueBar>
      </td>
      <td title={formatPrecise(base)}>{formatProb(base)}</td>
      <td title={formatPrecise(patched)}>{formatProb(patched)}</td>
      <td title={formatPrecise(pointsOf(token))} className={css.points}>
        {formatSigned(pointsOf(token), 1)}
      </td>
      <td className={css.random}>{[...new Set(random)].join(" to ")}</td>
    </tr>
  );
}

export function NextTokens({ tokens, label }: Props) {
  const full = fullBar(tokens);
  return (
    <div className={css.frame}>
      <table className={css.table} aria-label="Next token, before and after">
        <thead>
          <tr>
            <th scope="col" className={css.name}>
              next token
            </th>
            <th
              scope="col"
              className={css.scale}
              title="Probability that the bars are drawn to: before above, after below"
            >
              0 to {full}
            </th>
            <th scope="col" title="Probability in the model as it is: the bar above">
              <span className={css.key} aria-hidden="true" /> before
            </th>
            <th scope="col" title="Probability with the patch: the bar below">
              <span className={css.key} data-of="patched" aria-hidden="true" /> after
            </th>
            <th scope="col" title="Points: hundredths of probability">
              points
            </th>
            <th
              scope="col"
              className={css.random}
              title="How far pushes as hard in random directions take it, in points: the thin line, from the least to the most"
            >
              <span className={css.key} data-of="random" aria-hidden="true" /> random
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <Row key={token.token_id} {...{ token, label, full }} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
