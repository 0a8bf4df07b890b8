/** Stretches of text in which a feature fires, shaded token by token. */
import { NumberInput, Switch, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Feature, FeatureExample } from "../../api/types";
import { ExampleText } from "../../components/ExampleText";
import { givenAs, logitsAt, trimmed } from "../../lib/features";
import { formatNats, formatPrecise } from "../../lib/format";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import { Choice } from "../-view/Controls";
import { byFeature } from "../-view/params";
import classes from "./Feature.module.css";
import { type FeatureSearch, GROUP_CHOICES } from "./params";

interface Props {
  feature: Feature;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  search: FeatureSearch;
  change: (part: Partial<FeatureSearch>, how?: "push" | "replace") => void;
}

const HIGHLIGHTS: readonly { value: FeatureSearch["hl"]; label: string; says: string }[] = [
  { value: "act", label: "activation", says: "How strongly the feature fires at each token" },
  {
    value: "logit",
    label: "logit",
    says: "What the feature adds to each token's own logit, of the tokens listed below",
  },
];

export function ExampleControls({ feature, search, change }: Omit<Props, "vocab" | "begins">) {
  const counts = new Map<string, number>();
  for (const { group } of feature.examples) counts.set(group, (counts.get(group) ?? 0) + 1);
  return (
    <div className={classes.bar}>
      <Choice
        label="Examples"
        value={search.ex}
        choices={GROUP_CHOICES.map((choice) => ({ ...choice, disabled: !counts.get(choice.value) }))}
        onChange={(ex) => change({ ex })}
      />
      <Choice label="Shade by" value={search.hl} choices={HIGHLIGHTS} onChange={(hl) => change({ hl })} />
      <Tooltip label={`Tokens on each side of the peak; ${feature.dictionary.context} are kept`}>
        <NumberInput
          aria-label="Tokens on each side"
          leftSection={<span className="mute">±</span>}
          leftSectionWidth={20}
          w={72}
          min={0}
          max={feature.dictionary.context}
          allowDecimal={false}
          value={Math.min(search.ctx, feature.dictionary.context)}
          onChange={(value) => typeof value === "number" && change({ ctx: value }, "replace")}
        />
      </Tooltip>
      <Switch
        label="line breaks"
        checked={search.breaks}
        onChange={(event) => change({ breaks: event.currentTarget.checked })}
      />
    </div>
  );
}

interface ExampleProps extends Omit<Props, "change"> {
  example: FeatureExample;
}

export function Example({ feature, example, vocab, begins, search }: ExampleProps) {
  const [{ whitespace, underline }] = usePreferences();
  const cut = trimmed(example, search.ctx);
  const { ids, token, whole } = givenAs(example, begins);
  const { sae, model } = feature.dictionary;
  const by = byFeature({ sae, index: feature.row.index });
  const logits = [...feature.top_logits, ...feature.bottom_logits];
  const byLogit = search.hl === "logit";
  const full = byLogit ? Math.max(1e-9, ...logits.map(({ value }) => Math.abs(value))) : feature.row.max;
  return (
    <li className={classes.example}>
      <span className={classes.peak} title={`Activation at the peak: ${formatPrecise(example.activation)}`}>
        {formatNats(example.activation)}
      </span>
      <ExampleText
        ids={cut.ids}
        vocab={vocab}
        values={byLogit ? logitsAt(cut.ids, logits) : cut.activations}
        full={full > 0 ? full : 1}
        name={byLogit ? "adds to its logit" : "activation"}
        start={cut.start}
        peak={cut.peak}
        continues={cut.start > 0}
        breaks={search.breaks}
        whitespace={whitespace}
        underline={underline}
      />
      <span className={classes.where}>
        document {example.document} · position {example.position}
        {!whole && ` · from ${example.start} on`}
        {example.held_out && <span className={classes.held}>held out</span>} ·{" "}
        <Link to="/lens" search={{ ids, token, by, model, view: "features" }}>
          lens
        </Link>{" "}
        ·{" "}
        <Link
          to="."
          search={(now) => ({ ...now, ids, text: undefined, kept: undefined, tab: undefined, at: undefined })}
        >
          try
        </Link>
      </span>
    </li>
  );
}

interface ListProps extends Omit<Props, "change"> {
  examples: readonly FeatureExample[];
  /** Names the list to screen readers. */
  label: string;
  /** Stands where examples would. */
  empty: string;
}

export function ExampleList({ examples, label, empty, ...rest }: ListProps) {
  if (examples.length === 0) return <p className={classes.none}>{empty}</p>;
  return (
    <>
      <ol className={classes.examples} aria-label={label}>
        {examples.map((example) => (
          <Example key={`${example.group} ${example.document} ${example.position}`} example={example} {...rest} />
        ))}
      </ol>
      {examples.some((example) => !givenAs(example, rest.begins).whole) && (
        <p className={classes.none}>
          An example “from” a position “on” is a stretch from within its document: what stood before it is not kept, so
          lens and try, which read the stretch alone, give other values.
        </p>
      )}
    </>
  );
}

export function Examples({ feature, vocab, begins, search, change }: Props) {
  const shown = feature.examples.filter(({ group }) => group === search.ex);
  return (
    <section aria-label="Examples">
      <div className={classes.sectionHead}>
        <h2 className="label">Examples</h2>
        <ExampleControls {...{ feature, search, change }} />
      </div>
      <ExampleList
        {...{ feature, vocab, begins, search }}
        examples={shown}
        label={`Examples: ${search.ex}`}
        empty="It never fired in this range."
      />
    </section>
  );
}
