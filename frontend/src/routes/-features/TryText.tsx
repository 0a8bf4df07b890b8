/** A text of one's own, shaded live by the feature while it is typed. */
import { useQuery } from "@tanstack/react-query";
import { type Tried, tried } from "../../api/features";
import { useTrouble } from "../../api/live";
import type { Feature } from "../../api/types";
import { ExampleText } from "../../components/ExampleText";
import { TroubleNote } from "../../components/States";
import { givenAs, strongest } from "../../lib/features";
import { formatNats } from "../../lib/format";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import { type Given, GivenText, sameText } from "../-view/GivenText";
import classes from "./Feature.module.css";

interface Props {
  feature: Feature;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  label: (id: number) => string;
  /** As the address has it: typed, or the ids of an example. */
  given: Given;
  /** Called while somebody types, and never more often than the server is asked. */
  keep: (part: Given) => void;
}

const LISTED = 5;

/** Of an example whose document began earlier: why it does not fire here as it did there. */
function Beginning({ feature, begins, asked }: Pick<Props, "feature" | "begins"> & { asked: Tried }) {
  const all = [...feature.examples, ...feature.held_out];
  const example = all.find((one) => sameText(givenAs(one, begins).ids, asked));
  if (!example || givenAs(example, begins).whole) return null;
  return (
    <p className={classes.none} role="note">
      The example begins at position {example.start} of its document: what stood before is missing here, so its{" "}
      {formatNats(example.activation)} is another value in this text.
    </p>
  );
}

export function TryText({ feature, vocab, begins, label, given, keep }: Props) {
  return (
    <section aria-label="Try a text" className={classes.try}>
      <h2 className="label">Try your own text</h2>
      <GivenText
        name="Text to try the feature on"
        placeholder="Type: the model reads it, the feature shades it"
        {...{ vocab, begins, given, keep }}
      >
        {(asked) => <Shaded {...{ feature, vocab, begins, label, asked }} />}
      </GivenText>
    </section>
  );
}

function Shaded({ feature, vocab, begins, label, asked }: Omit<Props, "given" | "keep"> & { asked: Tried }) {
  const [{ whitespace, underline }] = usePreferences();
  const { sae } = feature.dictionary;
  const { index } = feature.row;
  const found = useQuery({
    ...tried({ sae, index }, asked),
    enabled: asked !== "",
    // The old shading stays until the new one is there: nothing jumps with every letter.
    placeholderData: (before) => (before && before.sae === sae && before.feature === index ? before : undefined),
  });
  const trouble = useTrouble(found.error);
  const answer = asked === "" ? undefined : found.data;
  if (trouble) return <TroubleNote trouble={trouble} />;
  if (!answer) return null;
  const full = answer.max > 0 ? answer.max : Math.max(1e-9, ...answer.activations);
  const best = strongest(answer.activations, LISTED);
  return (
    <div className={classes.tried} aria-live="polite">
      <ExampleText
        ids={answer.ids}
        vocab={vocab}
        values={answer.activations}
        full={full}
        name="activation"
        breaks
        whitespace={whitespace}
        underline={underline}
      />
      <p className={classes.none}>
        {best.length === 0
          ? "It fires at no token of this text."
          : `Fires at ${answer.activations.filter((value) => value > 0).length} of ${answer.ids.length} tokens: `}
        {best.map((place, i) => (
          <span key={place}>
            {i > 0 && ", "}
            <bdi className={classes.chip}>{label(answer.ids[place] ?? 0)}</bdi>{" "}
            <span className="mono">{formatNats(answer.activations[place] ?? 0)}</span>
            {place < answer.skipped && " (in no statistic)"}
          </span>
        ))}
        {best.length > 0 && "."}
      </p>
      <Beginning {...{ feature, begins, asked }} />
    </div>
  );
}
