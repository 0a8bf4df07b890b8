/** How a text goes on in three ways, side by side: as the model is, with a change, with a random push as hard. */
import { formatCount, withUnit } from "../lib/format";
import { differing } from "../lib/patches";
import type { Vocab } from "../lib/tokens";
import css from "./Continuations.module.css";
import { ExampleText } from "./ExampleText";

interface Props {
  vocab: Vocab;
  /** Tokens before the new ones. */
  length: number;
  base: readonly number[];
  patched: readonly number[];
  control: readonly number[];
  /** What the control is. Defaults to a push as hard. */
  controlTitle?: string;
  /** Write spaces and tabs as signs. Defaults to false. */
  whitespace?: boolean;
}

interface OneProps {
  title: string;
  says: string;
  ids: readonly number[];
  differs: readonly boolean[];
}

export function Continuations(props: Props) {
  const { vocab, length, base, patched, control, controlTitle = "With a random push as hard", whitespace } = props;
  const one = ({ title, says, ids, differs }: OneProps) => (
    <section aria-label={title} className={css.one}>
      <h4 className={css.title}>{title}</h4>
      {ids.length > 0 ? (
        <ExampleText
          {...{ ids, vocab, whitespace }}
          values={differs.map(Number)}
          full={1}
          name="differs"
          start={length}
          continues
          breaks
          underline
        />
      ) : (
        <p className={css.none}>Nothing: its next token ends the text.</p>
      )}
      <p className={css.none}>{says}</p>
    </section>
  );
  const beside = (title: string, ids: readonly number[]) => {
    const differs = differing(base, ids);
    const count = differs.filter(Boolean).length;
    const says =
      count === 0 && ids.length === base.length
        ? "The same, token for token."
        : `${formatCount(count)} of ${formatCount(ids.length)} tokens differ.`;
    return one({ title, says, ids, differs });
  };
  return (
    <div className={css.three}>
      {one({
        title: "As it is",
        says: `${withUnit(formatCount(base.length), "token")}.`,
        ids: base,
        differs: base.map(() => false),
      })}
      {beside("With the patch", patched)}
      {beside(controlTitle, control)}
    </div>
  );
}
