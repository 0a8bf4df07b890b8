/** A field's docstring for people who fill it in: names of code as code, and null as the empty box that it is. */
import { Fragment } from "react";

export function Hint({ text }: { text: string }) {
  // Every other piece stood between backticks.
  return text.split("`").map((piece, place) => {
    const key = `${place} ${piece}`;
    return place % 2 === 1 ? <code key={key}>{piece}</code> : <Fragment key={key}>{empty(piece)}</Fragment>;
  });
}

const empty = (text: string): string => text.replace(/\b[Nn]ull\b/g, (word) => (word === "Null" ? "Empty" : "empty"));
