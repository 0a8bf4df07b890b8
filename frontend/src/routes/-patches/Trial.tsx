/** A patch tried on a text, live: the next token, KL beside random pushes, where the text is changed, how it goes on. */
import type { Tried } from "../../api/features";
import { ACTS, continuedPatch, type Trial as Question, triedPatch } from "../../api/patches";
import type { PatchesTried } from "../../api/types";
import { Evidence } from "../../components/Evidence";
import { ExampleText } from "../../components/ExampleText";
import { PatchOutcome } from "../../components/PatchOutcome";
import { Empty } from "../../components/States";
import { formatNumber } from "../../lib/format";
import { type StrengthKind, scopeWords } from "../../lib/patches";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import { type Given, GivenText } from "../-view/GivenText";
import { useDraft } from "../-view/useDraft";
import { useNewest } from "../-view/useNewest";
import { Continued } from "./Continued";
import { Dose } from "./Dose";
import classes from "./Patches.module.css";
import type { PatchSearch } from "./params";
import { ReadInLens } from "./ReadInLens";
import { Strength } from "./Strength";
import { Waited } from "./Waited";

interface Props {
  source: Question["source"];
  kind: StrengthKind;
  search: PatchSearch;
  /** While somebody types or drags: a step of the history is not made of it. */
  keep: (part: Given & { strength?: number; dose?: string | undefined }) => void;
  /** A text before anybody has chosen one. Defaults to none. */
  first?: Tried | undefined;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  label: (id: number) => string;
}

export function Trial({ source, kind, search, keep, first, vocab, begins, label }: Props) {
  const [strength, setStrength] = useDraft(search.strength, (value) => keep({ strength: value }));
  return (
    <section aria-label="Try it" className={classes.trial}>
      <h2 className={classes.heading}>
        <span className="label">What it does to a text</span> <Evidence of="causal" />
      </h2>
      <GivenText
        name="Text to try the patch on"
        placeholder="Type: what the model says next, with the patch and without"
        {...{ vocab, begins, first, keep }}
        given={search}
      >
        {(given) => (
          <>
            <Strength kind={kind} value={strength} onChange={setStrength} />
            {given === "" || given.length === 0 ? (
              <Empty title="No text yet" low>
                Type one above: the model reads it with the patch and without, beside pushes as hard in random
                directions.
              </Empty>
            ) : (
              <>
                <Results question={{ source, strength, given }} {...{ vocab, begins, label }} />
                <Dose trial={{ source, given }} dose={search.dose} {...{ keep, label }} />
              </>
            )}
          </>
        )}
      </GivenText>
    </section>
  );
}

interface ResultsProps extends Pick<Props, "vocab" | "begins" | "label"> {
  question: Question;
}

function Results({ question, vocab, begins, label }: ResultsProps) {
  const asked = useNewest(question, triedPatch);
  return (
    <>
      <Waited asked={asked}>
        {(tried) => (
          <>
            <p className={classes.says}>
              {question.strength === 0
                ? "Strength 0 changes nothing."
                : `${tried.says.join(" ")}${"type" in question.source ? ` It acts ${scopeWords(ACTS, tried.ids, begins)}.` : ""}`}
            </p>
            <PatchOutcome {...{ tried, label }} />
            <Changed {...{ tried, vocab }} />
          </>
        )}
      </Waited>
      {asked.data && !asked.error && (
        <>
          <Continued asked={continuedPatch(question)} vocab={vocab} />
          <ReadInLens trial={question} model={asked.data.model} />
        </>
      )}
    </>
  );
}

function Changed({ tried: { ids, changed }, vocab }: { tried: PatchesTried; vocab: Vocab }) {
  const [{ whitespace, underline }] = usePreferences();
  const most = Math.max(0, ...changed);
  return (
    <section aria-label="Where the text is changed" className={classes.part}>
      <h3 className="label">Where it is changed</h3>
      <div className={classes.text}>
        <ExampleText
          {...{ ids, vocab, whitespace, underline }}
          values={changed}
          full={1}
          name="changed by, of its length"
          breaks
        />
      </div>
      <p className={classes.none}>
        {most === 0
          ? "No token's last resid_post moves."
          : `How far each token's last resid_post moves, of its own length: at most ${formatNumber(most, 2)}. Full shade is 1.`}
      </p>
    </section>
  );
}
