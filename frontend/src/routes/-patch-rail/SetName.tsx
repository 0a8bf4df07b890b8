/** What the set in force is called, with the way to its page, and a box to name it in. */
import { TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";
import { patchKeys, patchSet } from "../../api/patches";
import { nameSet } from "../../api/patchLibrary";
import type { PatchSet } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { complain } from "../-shell/complain";
import css from "./PatchRail.module.css";

/** The longest name that the server keeps. */
const NAME_MAX = 200;

/** A line of its own, whether the set has a name or not: a slider that makes another set moves nothing. */
export function SetName({ hash }: { hash: string | undefined }) {
  const { data: set } = useQuery({ ...patchSet(hash ?? ""), enabled: hash !== undefined });
  const [typing, setTyping] = useState(false);
  if (set && typing) return <NameBox set={set} close={() => setTyping(false)} />;
  return (
    <p className={css.set}>
      {set?.name ? (
        <Link to="/patches/sets/$hash" params={{ hash: set.hash }} className={css.called} title={set.name}>
          <bdi>{set.name}</bdi>
        </Link>
      ) : (
        <span className="mute">{hash === undefined ? "The model is as it is." : "This set has no name."}</span>
      )}
      {set && (
        <ToolButton label={set.name ? "Rename this set" : "Name this set"} onClick={() => setTyping(true)}>
          <Pencil size={11} />
        </ToolButton>
      )}
    </p>
  );
}

function NameBox({ set: { hash, name }, close }: { set: PatchSet; close: () => void }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState(name);
  const wanted = typed.trim();
  const call = useMutation({
    mutationFn: () => nameSet(hash, wanted),
    onSuccess: (named) => {
      client.setQueryData(patchSet(hash).queryKey, named);
      client.invalidateQueries({ queryKey: patchKeys.list });
      close();
    },
    onError: complain,
  });
  return (
    <form
      className={css.naming}
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted === name) close();
        else call.mutate();
      }}
    >
      <TextInput
        label="Name of the set"
        description="Enter keeps it, Esc leaves it. Links stay as they are."
        inputWrapperOrder={["label", "input", "description"]}
        size="xs"
        autoFocus
        data-own-undo
        maxLength={NAME_MAX}
        value={typed}
        disabled={call.isPending}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          close();
        }}
      />
      <span className={css.tools}>
        <ToolButton type="submit" label="Keep the name" disabled={call.isPending}>
          <Check size={13} />
        </ToolButton>
        <ToolButton label="Leave the name" onClick={close}>
          <X size={13} />
        </ToolButton>
      </span>
    </form>
  );
}
