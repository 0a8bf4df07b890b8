/** A patch tried on a text, live: the next token, KL beside random pushes, where the text is changed, how it goes on. */
import { Skeleton } from "@mantine/core";
import type { Tried } from "../../api/features";
import { useTrouble } from "../../api/live";
import { ACTS, type Trial as Question, triedPatch } from "../../api/patches";
import type { PatchesTried, PatchKind, PatchSource } from "../../api/types";
import { ControlDots } from "../../components/ControlDots";
import { Evidence } from "../../components/Evidence";
import { ExampleText } from "../../components/ExampleText";
import { NextTokens } from "../../components/NextTokens";
import { Empty, TroubleNote } from "../../components/States";
import { classes as joined } from "../../lib/classes";
import { formatKl, formatNumber } from "../../lib/format";
import { elsewhere, klWords, scopeWords, spreadOf, verdict } from "../../lib/patches";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import { type Given, GivenText } from "../-view/GivenText";
import { useDraft } from "../-view/useDraft";
import { useNewest } from "../-view/useNewest";
import { Continued } from "./Continued";
import classes from "./Patches.module.css";
import type { PatchSearch } from "./params";
import { ReadInLens } from "./ReadInLens";
import { Strength } from "./Strength";

interface Props {
  source: PatchSource;
  kind: PatchKind;
  /** It acts all along the residual stream. Defaults to false. */
  manySites?: boolean;
  search: PatchSearch;
  /** While somebody types or drags: a step of the history is not made of it. */
  keep: (part: Given & { strength?: number }) => void;
  /** A text before anybody has chosen one. Defaults to none. */
  first?: Tried | undefined;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  label: (id: number) => string;
}

export function Trial({ source, kind, manySites = false, search, keep, first, vocab, begins, label }: Props) {
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
              <Results question={{ source, strength, given }} {...{ vocab, begins, label, manySites }} />
            )}
          </>
        )}
      </GivenText>
    </section>
  );
}

interface ResultsProps extends Pick<Props, "vocab" | "begins" | "label"> {
  question: Question;
  manySites: boolean;
}

function Results({ question, vocab, begins, label, manySites }: ResultsProps) {
  const { data: tried, error, refetch, waits } = useNewest(question, triedPatch);
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => refetch()} />;
  if (!tried)
    return (
      <div aria-busy>
        <span role="status" className="visually-hidden">
          Trying the patch…
        </span>
        <Skeleton height={210} mt={12} />
        <Skeleton height={60} mt={12} />
      </div>
    );
  return (
    <>
      <div className={joined(classes.results, waits && classes.waits)} aria-busy={waits}>
        <p className={classes.says}>
          {question.strength === 0
            ? "Strength 0 changes nothing."
            : `${tried.says.join(" ")} It acts ${scopeWords(ACTS, tried.ids, begins)}.`}
        </p>
        <NextTokens tokens={tried.tokens} label={label} />
        <Divergence {...{ tried }} />
        <Changed {...{ tried, vocab }} />
      </div>
      <Continued {...{ question, vocab, manySites }} />
      <ReadInLens trial={question} model={tried.model} />
    </>
  );
}

function Divergence({ tried: { kl, control_kl, tokens } }: { tried: PatchesTried }) {
  const { mean, sd } = spreadOf(control_kl);
  const says = klWords(kl, control_kl);
  return (
    <section aria-label="How much changes" className={classes.part}>
      <h3 className="label" title="KL divergence of the next token's distribution without the patch to that with it">
        KL of the next token
      </h3>
      <p className={classes.kl} aria-live="polite">
        <b>{says}</b> <span className="mute">{`(mean ${formatKl(mean)} ± ${formatKl(sd)})`}</span>{" "}
        {verdict(kl, control_kl)} {elsewhere(kl, tokens)}
      </p>
      <ControlDots value={kl} controls={control_kl} says={says} />
    </section>
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
