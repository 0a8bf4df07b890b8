/** What people, rules and models say about a feature: its label, notes, and all that stood there before. */
import { Button, Group, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Feature, FeatureLabel } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { classes as joined } from "../../lib/classes";
import { formatProb } from "../../lib/format";
import { SPEAKERS } from "../../lib/labels";
import { ago } from "../-shell/words";
import { useFeatureActions } from "./actions";
import { ExplainMenu } from "./ExplainMenu";
import classes from "./Feature.module.css";

/** Who wrote it and when. */
function Signed({ entry }: { entry: FeatureLabel }) {
  const { kind, author, score, created } = entry;
  return (
    <span className={classes.signed}>
      by {SPEAKERS[kind].name}
      {author && <bdi> ({author})</bdi>} · {ago(created, Date.now())}
      {score !== null && <span title={`Score ${score}, as its author measured`}> · score {formatProb(score)}</span>}
    </span>
  );
}

function Entry({ entry, feature }: { entry: FeatureLabel; feature: Feature }) {
  const { revise, withdraw } = useFeatureActions(feature);
  const [draft, setDraft] = useState<string>();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const text = draft?.trim();
    setDraft(undefined);
    if (text && text !== entry.text) revise(entry.id, text);
  };
  return (
    <li className={joined(classes.entry, !entry.current && classes.past)}>
      {draft === undefined ? (
        <>
          <div className={classes.said}>
            {entry.withdrawn ? <span className="mute">taken back</span> : <bdi>{entry.text}</bdi>}
          </div>
          <Signed entry={entry} />
          {entry.current && !entry.withdrawn && (
            <span className={classes.entryTools}>
              <ToolButton label={`Change this ${entry.what}`} onClick={() => setDraft(entry.text)}>
                <Pencil size={12} />
              </ToolButton>
              <ToolButton label={`Take this ${entry.what} back`} onClick={() => withdraw(entry)}>
                <Trash2 size={12} />
              </ToolButton>
            </span>
          )}
        </>
      ) : (
        <form onSubmit={save} className={classes.form}>
          <Textarea
            aria-label="New text"
            autosize
            minRows={1}
            data-autofocus
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && setDraft(undefined)}
          />
          <Group gap={8}>
            <Button type="submit">Save</Button>
            <Button variant="default" onClick={() => setDraft(undefined)}>
              Cancel
            </Button>
          </Group>
        </form>
      )}
    </li>
  );
}

function Write({ feature }: { feature: Feature }) {
  const { say } = useFeatureActions(feature);
  const [what, setWhat] = useState<FeatureLabel["what"]>("label");
  const [text, setText] = useState("");
  const [author, setAuthor] = useLocalStorage({ key: "microscope-author", defaultValue: "" });
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    say({ what, text: text.trim(), author: author.trim(), score: null });
    setText("");
  };
  return (
    <form onSubmit={save} className={classes.form}>
      <Textarea
        aria-label={what === "label" ? "New label" : "New note"}
        placeholder={what === "label" ? "A few words: what does it fire on?" : "Anything worth saying"}
        autosize
        minRows={what === "label" ? 1 : 3}
        maxLength={what === "label" ? 512 : 20_000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (what === "label" || event.ctrlKey || event.metaKey)) save(event);
        }}
      />
      <Group gap={8}>
        <SegmentedControl
          aria-label="What it is"
          value={what}
          onChange={(value) => setWhat(value === "note" ? "note" : "label")}
          data={[
            { value: "label", label: "label" },
            { value: "note", label: "note" },
          ]}
        />
        <TextInput
          aria-label="Your name"
          placeholder="Your name"
          w={140}
          maxLength={200}
          value={author}
          onChange={(event) => setAuthor(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!text.trim()}>
          Say it
        </Button>
        <ExplainMenu dictionary={feature.dictionary} indices={[feature.row.index]} />
      </Group>
    </form>
  );
}

export function Notes({ feature, history = false }: { feature: Feature; history?: boolean }) {
  const shown = feature.labels.filter((entry) => history || (entry.current && !entry.withdrawn));
  const past = feature.labels.length - shown.length;
  return (
    <section aria-label="Labels and notes" className={classes.part}>
      <h2 className="label">Labels and notes</h2>
      <Write feature={feature} />
      {shown.length > 0 && (
        <ul className={classes.entries}>
          {shown.map((entry) => (
            <Entry key={entry.id} {...{ entry, feature }} />
          ))}
        </ul>
      )}
      {past > 0 && <p className={classes.none}>{past} earlier under Notes.</p>}
    </section>
  );
}
