/** How a text goes on, side by side: as the model is, with a change, with another one, with a random push as hard. */
import { formatCount, withUnit } from "../lib/format";
import { differing, partingOf } from "../lib/patches";
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
  /** With another change, B, where `patched` is A; null where there is none. Defaults to null. */
  other?: readonly number[] | null;
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
  /** Place of the first token that is another one. */
  parts: number | undefined;
}

export function Continuations(props: Props) {
  const { vocab, length, base, patched, control, other = null, whitespace } = props;
  const { controlTitle = "With a random push as hard" } = props;
  const one = ({ title, says, ids, differs, parts }: OneProps) => (
    <section aria-label={title} className={css.one}>
      <h4 className={css.title}>{title}</h4>
      {ids.length > 0 ? (
        <ExampleText
          {...{ ids, vocab, whitespace }}
          values={differs.map(Number)}
          full={1}
          peak={parts}
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
  const partsAt = (at: number) => `parts at token ${formatCount(length + at)}`;
  const beside = (title: string, ids: readonly number[], more = "") => {
    const differs = differing(base, ids);
    const parts = partingOf(base, ids);
    const count = formatCount(differs.filter(Boolean).length);
    const says =
      parts === undefined
        ? "The same, token for token."
        : `It ${partsAt(parts)}: ${count} of ${formatCount(ids.length)} tokens differ.`;
    return one({ title, says: `${says}${more}`, ids, differs, parts });
  };
  const fromA = other && partingOf(patched, other);
  return (
    <div className={css.three}>
      {one({
        title: "As it is",
        says: `${withUnit(formatCount(base.length), "token")}.`,
        ids: base,
        differs: base.map(() => false),
        parts: undefined,
      })}
      {beside(other ? "With A" : "With the patch", patched)}
      {other && beside("With B", other, fromA === undefined ? " The same as A." : ` From A it ${partsAt(fromA ?? 0)}.`)}
      {beside(controlTitle, control)}
    </div>
  );
}
