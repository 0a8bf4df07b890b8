/** A span of the text that somebody came from. */
import { NumberInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { TroubleNote, Waiting } from "../../components/States";
import classes from "./Patches.module.css";
import type { SeenText } from "./useSeenText";
import type { FieldsProps } from "./WhatIsDone";

/** Tokens shown on either side of the span. */
const AROUND = 12;

export function SpanFields({ fields: { ids, span }, change, label, text }: FieldsProps & { text: SeenText }) {
  if (text.trouble) return <TroubleNote trouble={text.trouble} />;
  if (text.waits) return <Waiting what="Fetching the text…" />;
  if (ids.length === 0)
    return (
      <p className={classes.none}>
        Open a text in the <Link to="/chat">chat</Link> or the <Link to="/lens">lens</Link>, select a token, and choose{" "}
        <b>Make a patch</b> in its panel.
      </p>
    );
  const [first, last] = span ?? [0, 0];
  const set = (from: number, to: number) => change({ span: `${from}-${Math.max(from, to)}` }, "replace");
  const shown = ids.slice(0, last + 1 + AROUND);
  const start = Math.max(0, first - AROUND);
  return (
    <>
      <div className={classes.row}>
        <NumberInput
          label="First token"
          w={110}
          min={0}
          max={ids.length - 1}
          value={first}
          onChange={(next) => typeof next === "number" && set(next, last)}
        />
        <NumberInput
          label="Last token"
          w={110}
          min={first}
          max={ids.length - 1}
          value={last}
          onChange={(next) => typeof next === "number" && set(first, next)}
        />
      </div>
      <p className={classes.span}>
        {start > 0 && "… "}
        {shown.slice(start).map((id, at) => {
          const position = start + at;
          const inside = position >= first && position <= last;
          return inside ? <mark key={position}>{label(id)}</mark> : <span key={position}>{label(id)}</span>;
        })}
        {shown.length < ids.length && " …"}
      </p>
      <p className={classes.none}>
        The mean over these less the mean over the rest of the text, as the model reads it without patches. The first
        token of the text is in neither: its residual is the longest by far.
      </p>
    </>
  );
}
