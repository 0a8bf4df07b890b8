/**
 * The next token before and after a change as paired bars, with how far each goes beside what random pushes do to it. With two
 * changes there are three bars, one of each: base, A and B.
 */
import type { TriedToken } from "../api/types";
import { classes } from "../lib/classes";
import { formatPrecise, formatProb, formatSigned } from "../lib/format";
import { controlPoints, fullBar, pointsOf } from "../lib/patches";
import { HueBar } from "./HueBar";
import css from "./NextTokens.module.css";

interface Props {
  /** In the order in which they are listed. */
  tokens: readonly TriedToken[];
  /** A token as it shows. */
  label: (id: number) => string;
  /** Of one change: which of two sides it is, A or B, where the other one is the model as it is. Defaults to neither. */
  after?: "A" | "B";
}

const HUE = { A: "positive", B: "negative" } as const;
const KEY = { A: "patched", B: "other" } as const;

const otherOf = (side: "A" | "B") => (side === "A" ? "B" : "A");

const percent = (part: number, whole: number): string => `${Math.min(1, part / whole) * 100}%`;

/** Where random pushes take a probability: from the least to the most. */
function Whisker({ controls, full }: { controls: readonly number[]; full: number }) {
  if (controls.length === 0) return null;
  const [low, high] = [Math.min(...controls), Math.max(...controls)];
  return <span className={css.whisker} style={{ left: percent(low, full), width: percent(high - low, full) }} />;
}

/** A probability, and with its controls what pushes as hard make of it. */
function Prob({ value, controls = [] }: { value: number; controls?: readonly number[] }) {
  const random = [...new Set([Math.min(...controls), Math.max(...controls)].map(formatProb))].join(" to ");
  const says = controls.length > 0 ? `; random pushes as hard: ${random}` : "";
  return <td title={`${formatPrecise(value)}${says}`}>{formatProb(value)}</td>;
}

interface RowProps extends Pick<Props, "label" | "after"> {
  token: TriedToken;
  full: number;
}

function Row({ token, label, after, full }: RowProps) {
  const { token_id, base, patched, controls, other, other_controls } = token;
  const random = controlPoints(token)?.map((points) => formatSigned(points, Math.abs(points) < 9.95 ? 1 : 0));
  return (
    <tr>
      <th scope="row">
        <bdi className={css.token} title={`id ${token_id}`}>
          {label(token_id)}
        </bdi>
      </th>
      <td className={css.bars}>
        <HueBar share={base / full} hue={after ? HUE[otherOf(after)] : "plain"} />
        <HueBar share={patched / full} hue={HUE[after ?? "A"]}>
          <Whisker controls={controls} full={full} />
        </HueBar>
        {other !== null && (
          <HueBar share={other / full} hue="negative">
            <Whisker controls={other_controls} full={full} />
          </HueBar>
        )}
      </td>
      <Prob value={base} />
      <Prob value={patched} controls={other === null ? [] : controls} />
      {other === null ? (
        <>
          <td title={formatPrecise(pointsOf(token))} className={css.points}>
            {formatSigned(pointsOf(token), 1)}
          </td>
          <td className={css.random}>{[...new Set(random)].join("…")}</td>
        </>
      ) : (
        <Prob value={other} controls={other_controls} />
      )}
    </tr>
  );
}

function Head({ of, title, children }: { of?: "patched" | "other" | "random"; title: string; children: string }) {
  return (
    <th scope="col" title={title} className={classes(of === "random" && css.random)}>
      <span className={css.key} data-of={of} aria-hidden="true" /> {children}
    </th>
  );
}

export function NextTokens({ tokens, label, after }: Props) {
  const full = fullBar(tokens);
  const two = tokens.some(({ other }) => other !== null);
  return (
    <div className={css.frame}>
      <table
        className={css.table}
        data-two={two || undefined}
        aria-label={two ? "Next token: base, A and B" : "Next token, before and after"}
      >
        <thead>
          <tr>
            <th scope="col" className={css.name}>
              next token
            </th>
            <th
              scope="col"
              className={css.scale}
              title={`Probability that the bars are drawn to: ${two ? "base, A, B" : "before above, after below"}`}
            >
              0 to {full}
            </th>
            {two ? (
              <>
                <Head title="Probability in the model as it is: the upper bar">base</Head>
                <Head
                  of="patched"
                  title="Probability with the patches on the rail: the bar in the middle; the thin line is where random pushes as hard take it"
                >
                  A
                </Head>
                <Head
                  of="other"
                  title="Probability with what they are compared with: the lower bar; the thin line is where random pushes as hard take it"
                >
                  B
                </Head>
              </>
            ) : (
              <>
                <Head of={after && KEY[otherOf(after)]} title="Probability in the model as it is: the bar above">
                  {after ? otherOf(after) : "before"}
                </Head>
                <Head of={KEY[after ?? "A"]} title="Probability with the patch: the bar below">
                  {after ?? "after"}
                </Head>
                <th scope="col" title="Points: hundredths of probability">
                  points
                </th>
                <Head
                  of="random"
                  title="How far pushes as hard in random directions take it, in points: the thin line, from the least to the most"
                >
                  random
                </Head>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <Row key={token.token_id} {...{ token, label, after, full }} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
