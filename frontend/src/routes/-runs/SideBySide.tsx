/** Texts before and after a change, side by side; what stands behind the first difference is marked. */
import { useState } from "react";
import css from "./Runs.module.css";
import type { Pair } from "./replies";
import own from "./SideBySide.module.css";

interface Props {
  pairs: readonly (Pair & { control?: string })[];
  /** What changed them, such as "ablated". */
  after: string;
}

const SHOWN = 8;

export function SideBySide({ pairs, after }: Props) {
  const [all, setAll] = useState(false);
  return (
    <>
      <ul className={own.list}>
        {(all ? pairs : pairs.slice(0, SHOWN)).map((pair, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a prompt may stand there twice, and a table never changes.
          <li key={at} className={own.pair}>
            <bdi className={own.prompt}>{pair.prompt}</bdi>
            <Text name="as it is" text={pair.before} alike={pair.before.length} />
            <Text name={after} text={pair.after} alike={pair.alike} />
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
