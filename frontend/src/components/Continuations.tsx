/** How a text goes on, side by side: as the model is, with a change, with another one, with random pushes as hard as each. */
import { Fragment } from "react";
import { formatCount, withUnit } from "../lib/format";
import { differing, partingOf, pushesWords } from "../lib/patches";
import type { Vocab } from "../lib/tokens";
import css from "./Continuations.module.css";
import { ExampleText } from "./ExampleText";

interface Props {
  vocab: Vocab;
  /** Tokens before the new ones. */
  length: number;
  base: readonly number[];
  patched: readonly number[];
  /** With random pushes as hard, one in each direction, as far as `patched` goes. */
  controls: readonly (readonly number[])[];
  /** With another change, B, where `patched` is A; null where there is none. Defaults to null. */
  other?: readonly number[] | null;
  /** With pushes as hard as that one. Defaults to none. */
  other_controls?: readonly (readonly number[])[];
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
  const { vocab, length, base, patched, controls, other = null, other_controls = [], whitespace } = props;
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
  const beside = (title: string, ids: readonly number[], more = "", from = base) => {
    const differs = differing(from, ids);
    const parts = partingOf(from, ids);
    const count = formatCount(differs.filter(Boolean).length);
    const says =
      parts === undefined
        ? "The same, token for token."
        : `It ${partsAt(parts)}: ${count} of ${formatCount(ids.length)} tokens differ.`;
    return one({ title, says: `${says}${more}`, ids, differs, parts });
  };
  /** Each direction's, as far as the change's own text goes: behind its end nobody knows how hard to push. */
  const pushed = (title: string, all: readonly (readonly number[])[], of: readonly number[]) => {
    const from = base.slice(0, of.length);
    if (all.length === 0) return null;
    return (
      <section aria-label={title} className={css.pushed}>
        <h4 className={css.title}>{title}</h4>
        <p className={css.none}>{pushesWords(from, all, length)}</p>
        <details>
          <summary className={css.summary}>The texts</summary>
          <div className={css.three}>
            {all.map((ids, seed) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a control is its seed.
              <Fragment key={seed}>{beside(`Direction ${seed + 1}`, ids, "", from)}</Fragment>
            ))}
          </div>
        </details>
      </section>
    );
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
      {pushed(other ? "Random pushes as hard as A" : "Random pushes as hard", controls, patched)}
      {other && pushed("Random pushes as hard as B", other_controls, other)}
    </div>
  );
}
