/** A stretch of text shaded by one number for each token. Tokens are data: bytes in, characters out, never markup. */
import { type CSSProperties, Fragment, type ReactNode } from "react";
import { classes } from "../lib/classes";
import { highlightAlpha } from "../lib/color";
import { formatPrecise } from "../lib/format";
import { at, type Numbers } from "../lib/lens";
import { type Chip, chipsOf, type Vocab } from "../lib/tokens";
import css from "./ExampleText.module.css";

export interface ExampleTextProps {
  ids: readonly number[];
  vocab: Vocab;
  /** One for each token; 0 and NaN leave it plain. A value below 0 takes the other hue. */
  values: Numbers;
  /** Size of a value that is shaded fully; above 0. */
  full: number;
  /** What the numbers are, for tooltips: "activation". */
  name: string;
  /** Position of the first token. Defaults to 0. */
  start?: number;
  /** Place of the token that this is about. Defaults to none. */
  peak?: number;
  /** Begin a new line where the text does; else it is one paragraph. Defaults to false. */
  breaks?: boolean;
  /** Write spaces and tabs as signs. Defaults to false. */
  whitespace?: boolean;
  /** Draw the value as an underline too, for print and low vision. Defaults to false. */
  underline?: boolean;
  /** There is text before the first token. Defaults to false. */
  continues?: boolean;
}

function drawn({ parts, continues }: Chip): ReactNode {
  let offset = 0;
  const shown = parts.map(({ text, mark }) => {
    const key = offset;
    offset += text.length;
    return mark ? (
      <i key={key} className={css.mark}>
        {text}
      </i>
    ) : (
      text
    );
  });
  return continues ? [<i key="continues" className={css.continues} />, ...shown] : shown;
}

/** A written-out space is no place where a browser breaks a line by itself. */
const mayBreakBefore = ({ parts, special }: Chip): boolean =>
  special || (parts[0]?.mark === true && /^[·⇥]/.test(parts[0].text));

export function ExampleText(props: ExampleTextProps) {
  const { ids, vocab, values, full, name, start = 0, peak, breaks = false, whitespace = false, underline } = props;
  const chips = chipsOf(ids, vocab, { whitespace, breaks });
  return (
    <p className={classes(css.text, breaks && css.breaks)} dir="ltr">
      {props.continues && <span className={css.mark}>… </span>}
      {chips.map((chip, place) => {
        const value = at(values, place);
        const level = highlightAlpha(value / full);
        const style: CSSProperties = level > 0 ? { "--level": level } : {};
        const said = Number.isNaN(value) ? "" : ` · ${name} ${formatPrecise(value)}`;
        const shown = (
          <span
            className={classes(
              css.token,
              chip.special && css.special,
              level > 0 && (value < 0 ? css.negative : css.positive),
              underline && css.underline,
              place === peak && css.peak,
            )}
            style={style}
            title={`position ${start + place} · id ${ids[place]}${said}`}
          >
            {drawn(chip)}
          </span>
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place.
          <Fragment key={place}>
            {mayBreakBefore(chip) && <wbr />}
            {shown}
          </Fragment>
        );
      })}
    </p>
  );
}
