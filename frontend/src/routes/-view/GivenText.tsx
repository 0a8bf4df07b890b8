/** A box for a text that the model is given: typed, or the tokens that an address names; the server keeps a long one. */
import { Textarea } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Tried } from "../../api/features";
import { body, http } from "../../api/http";
import { useTrouble } from "../../api/live";
import { savedView } from "../../api/queries";
import { TroubleNote, Waiting } from "../../components/States";
import { typedIds } from "../../lib/features";
import type { Vocab } from "../../lib/tokens";
import { complain } from "../-shell/complain";
import classes from "./GivenText.module.css";
import { textOf } from "./text";

/** The same as addresses have it. */
export interface Given {
  text?: string | undefined;
  ids?: number[];
  /** Hash of a longer one that the server keeps. */
  kept?: string | undefined;
}

interface Props {
  /** Of the box, to screen readers. */
  name: string;
  placeholder: string;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  /** As the address has it. */
  given: Given;
  /** Stands there before anybody has chosen one. Defaults to none. */
  first?: Tried | undefined;
  /** Called while somebody types, and never more often than the server is asked. */
  keep: (part: Given) => void;
  /** What the model makes of it; the text is empty where there is none. */
  children: (asked: Tried) => ReactNode;
}

const PAUSE_MS = 200;
/** What an address carries; a longer text is kept by the server, and its hash stands there. */
const ADDRESS_MAX = 1500;

/** The text of an address, where it names one: its ids go before. */
export const givenOf = ({ text, ids }: Given): Tried | undefined => (ids && ids.length > 0 ? ids : text);

export const sameText = (one: Tried | undefined, other: Tried | undefined) =>
  JSON.stringify(one) === JSON.stringify(other);

/** Waits for a long text that the address names by its hash. */
export function GivenText(props: Props) {
  const { kept } = props.given;
  const found = useQuery({ ...savedView(kept ?? ""), enabled: kept !== undefined });
  const trouble = useTrouble(found.error);
  if (kept !== undefined && !found.data && !trouble) return <Waiting what="Fetching the text…" />;
  return (
    <>
      {trouble && <TroubleNote trouble={trouble} />}
      <TextBox {...props} named={givenOf(props.given) ?? found.data?.search.text} kept={kept} />
    </>
  );
}

interface BoxProps extends Omit<Props, "given"> {
  named: Tried | undefined;
  kept: string | undefined;
}

function TextBox({ name, placeholder, vocab, begins, named, first, kept, keep, children }: BoxProps) {
  const client = useQueryClient();
  const written = (what: Tried) => (typeof what === "string" ? what : textOf(typedIds(what, begins), vocab));
  const [asked, setAsked] = useState<Tried>(named ?? first ?? "");
  const [typed, setTyped] = useState(() => written(asked));
  const [seen, setSeen] = useState(named);
  if (!sameText(named, seen)) {
    // The address has another text: what was typed here itself, or an example that is to be tried.
    setSeen(named);
    if (named !== undefined && !sameText(named, asked)) {
      setTyped(written(named));
      setAsked(named);
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
  return (
    <>
      <Textarea
        aria-label={name}
        placeholder={placeholder}
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
      {children(asked)}
      {typeof asked === "string" && asked.length > ADDRESS_MAX && (
        <p className={classes.long}>
          {kept === undefined
            ? "This text is too long for the address: it is kept on this server once you leave the box."
            : "This text is kept on this server: a copied link opens with it."}
        </p>
      )}
    </>
  );
}
