/** A text of one's own, shaded live by the feature while it is typed. */
import { Textarea } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Tried, tried } from "../../api/features";
import { body, http } from "../../api/http";
import { useTrouble } from "../../api/live";
import { savedView } from "../../api/queries";
import type { Feature } from "../../api/types";
import { ExampleText } from "../../components/ExampleText";
import { TroubleNote, Waiting } from "../../components/States";
import { givenAs, strongest, typedIds } from "../../lib/features";
import { formatNats } from "../../lib/format";
import type { Vocab } from "../../lib/tokens";
import { complain } from "../-shell/complain";
import { usePreferences } from "../-shell/preferences";
import { textOf } from "../-view/text";
import classes from "./Feature.module.css";

interface Props {
  feature: Feature;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  label: (id: number) => string;
  /** As the address has it: typed, or the ids of an example; undefined is none. */
  given: Tried | undefined;
  /** Hash of a longer one that the server keeps; undefined is none. */
  kept: string | undefined;
  /** Called while somebody types, and never more often than the server is asked. */
  keep: (part: { text?: string | undefined; ids?: number[]; kept?: string | undefined }) => void;
}

const PAUSE_MS = 200;
/** What an address carries; a longer text is kept by the server, and its hash stands there. */
const ADDRESS_MAX = 1500;
const LISTED = 5;

/** Waits for a long text that the address names by its hash. */
export function TryText(props: Props) {
  const { kept } = props;
  const found = useQuery({ ...savedView(kept ?? ""), enabled: kept !== undefined });
  const trouble = useTrouble(found.error);
  if (kept !== undefined && !found.data && !trouble) return <Waiting what="Fetching the text…" />;
  return (
    <>
      {trouble && <TroubleNote trouble={trouble} />}
      <Try {...props} given={props.given ?? found.data?.search.text} />
    </>
  );
}

/** Of an example whose document began earlier: why it does not fire here as it did there. */
function Beginning({ feature, begins, asked }: Pick<Props, "feature" | "begins"> & { asked: Tried }) {
  const all = [...feature.examples, ...feature.held_out];
  const example = all.find((one) => same(givenAs(one, begins).ids, asked));
  if (!example || givenAs(example, begins).whole) return null;
  return (
    <p className={classes.none} role="note">
      The example begins at position {example.start} of its document: what stood before is missing here, so its{" "}
      {formatNats(example.activation)} is another value in this text.
    </p>
  );
}

const same = (one: Tried | undefined, other: Tried | undefined) => JSON.stringify(one) === JSON.stringify(other);

function Try({ feature, vocab, begins, label, given, kept, keep }: Props) {
  const client = useQueryClient();
  const written = (what: Tried) => (typeof what === "string" ? what : textOf(typedIds(what, begins), vocab));
  const [typed, setTyped] = useState(() => written(given ?? ""));
  const [asked, setAsked] = useState<Tried>(given ?? "");
  const [seen, setSeen] = useState(given);
  if (!same(given, seen)) {
    // The address has another text: what was typed here itself, or an example that is to be tried.
    setSeen(given);
    if (given !== undefined && !same(given, asked)) {
      setTyped(written(given));
      setAsked(given);
    }
  }
  const take = useDebouncedCallback((next: string) => {
    setAsked(next);
    keep({ text: next && next.length <= ADDRESS_MAX ? next : undefined, ids: [], kept: undefined });
  }, PAUSE_MS);
  /** Once somebody has done typing: not every letter of a long text is worth keeping. */
  const keepLong = () => {
    if (typeof asked !== "string" || typed.length <= ADDRESS_MAX || kept !== undefined) return;
    const view = { path: window.location.pathname, search: { text: typed }, title: "" };
    body(http.POST("/api/views", { body: view })).then(({ hash }) => {
      client.setQueryData(savedView(hash).queryKey, view);
      keep({ text: undefined, kept: hash });
    }, complain);
  };
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
  const full = answer && answer.max > 0 ? answer.max : Math.max(1e-9, ...(answer?.activations ?? [0]));
  const best = answer ? strongest(answer.activations, LISTED) : [];
  return (
    <section aria-label="Try a text" className={classes.try}>
      <h2 className="label">Try your own text</h2>
      <Textarea
        aria-label="Text to try the feature on"
        placeholder="Type: the model reads it, the feature shades it"
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          take(event.currentTarget.value);
        }}
        onBlur={keepLong}
        classNames={{ input: classes.typed }}
      />
      {trouble && <TroubleNote trouble={trouble} />}
      {answer && (
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
      )}
      {typeof asked === "string" && asked.length > ADDRESS_MAX && (
        <p className={classes.none}>
          {kept === undefined
            ? "This text is too long for the address: it is kept on this server once you leave the box."
            : "This text is kept on this server: a copied link opens with it."}
        </p>
      )}
    </section>
  );
}
