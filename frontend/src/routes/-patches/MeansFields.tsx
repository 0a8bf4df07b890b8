/** Two sets of prompts, a line each, and how they are read. */
import { Textarea } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { formatCount, withUnit } from "../../lib/format";
import { promptsOf, shared } from "../../lib/patchSources";
import { Choice } from "../-view/Controls";
import classes from "./Patches.module.css";
import { PROMPTS_CHARS } from "./params";
import type { FieldsProps } from "./WhatIsDone";

interface Props extends FieldsProps {
  setPrompts: (part: { toward?: string; away?: string }) => void;
}

const PAUSE_MS = 200;

/** In the address as far as they fit there. */
const written = (text: string) => (text && text.length <= PROMPTS_CHARS ? text : undefined);

export function MeansFields({ fields, change, model, setPrompts }: Props) {
  const { toward, away } = fields;
  const write = useDebouncedCallback(
    (texts: { toward: string; away: string }) =>
      change({ toward: written(texts.toward), away: written(texts.away) }, "replace"),
    PAUSE_MS,
  );
  const type = (part: { toward: string } | { away: string }) => {
    setPrompts(part);
    write({ toward, away, ...part });
  };
  const both = shared(toward, away);
  const box = (name: string, says: string, value: string, set: (text: string) => void) => (
    <Textarea
      label={name}
      description={`${says} ${withUnit(formatCount(promptsOf(value).length), "prompt")}.`}
      placeholder="One prompt a line"
      autosize
      minRows={3}
      maxRows={10}
      spellCheck={false}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
  return (
    <>
      {box("Prompts that have it", "Strength 1 adds what sets these apart.", toward, (text) => type({ toward: text }))}
      {box("Prompts that do not", "As alike as can be otherwise.", away, (text) => type({ away: text }))}
      {both !== undefined && (
        <p className={classes.none} role="note">
          “{both}” stands in both: it adds nothing to the difference.
        </p>
      )}
      {Math.max(toward.length, away.length) > PROMPTS_CHARS && (
        <p className={classes.none}>These prompts are too long for the address: they stay on this page.</p>
      )}
      <div className={classes.choices}>
        <span className="label">Each is</span>
        <Choice
          label="How a prompt is read"
          value={fields.turns ? "chat" : "text"}
          choices={[
            { value: "text", label: "text", says: "As it stands" },
            {
              value: "chat",
              label: "a user's turn",
              says: model.chat ? "Up to where the answer begins" : "This model has no chat template",
              disabled: !model.chat,
            },
          ]}
          onChange={(next) => change({ turns: next === "chat" })}
        />
      </div>
      <div className={classes.choices}>
        <span className="label">Read at</span>
        <Choice
          label="Which tokens are read"
          value={fields.mean ? "mean" : "last"}
          choices={[
            { value: "last", label: "last token", says: "What the model has made of all before it" },
            { value: "mean", label: "mean", says: "Over all tokens but for the first, which is no like the others" },
          ]}
          onChange={(next) => change({ mean: next === "mean" })}
        />
      </div>
    </>
  );
}
