/** Texts before and after a change, side by side; what stands behind the first difference is marked. */
import { useState } from "react";
import css from "./Runs.module.css";
import type { Pair } from "./replies";
import own from "./SideBySide.module.css";

interface Props {
  pairs: readonly (Pair & { control?: string })[];
  /** Whose the first are. Defaults to "as it is". */
  before?: string;
  /** What changed them, such as "ablated". */
  after: string;
  /** What replies are counted as, such as "refused". */
  counts?: string;
}

const SHOWN = 8;

export function SideBySide({ pairs, before = "as it is", after, counts }: Props) {
  const [all, setAll] = useState(false);
  const named = (name: string, counted: boolean | undefined) => (counted && counts ? `${name} · ${counts}` : name);
  return (
    <>
      <ul className={own.list}>
        {(all ? pairs : pairs.slice(0, SHOWN)).map((pair, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a prompt may stand there twice, and a table never changes.
          <li key={at} className={own.pair}>
            <bdi className={own.prompt}>{pair.prompt}</bdi>
            <Text name={named(before, pair.counted?.before)} text={pair.before} alike={pair.before.length} />
            <Text name={named(after, pair.counted?.after)} text={pair.after} alike={pair.alike} />
            {pair.control !== undefined && <Text name="a random push as hard" text={pair.control} third />}
          </li>
        ))}
      </ul>
      {pairs.length > SHOWN && !all && (
        <button type="button" className={css.more} onClick={() => setAll(true)}>
          All {pairs.length}
        </button>
      )}
    </>
  );
}

function Text({ name, text, alike, third }: { name: string; text: string; alike?: number; third?: boolean }) {
  const same = alike ?? text.length;
  return (
    <div className={third ? own.third : undefined}>
      <span className={own.name}>{name}</span>
      <p className={own.text}>
        <span className={alike !== undefined && same < text.length ? own.alike : undefined}>{text.slice(0, same)}</span>
        {same < text.length && <mark className={own.differs}>{text.slice(same)}</mark>}
        {text === "" && <span className="mute">Nothing: its next token ends the text.</span>}
      </p>
    </div>
  );
}
