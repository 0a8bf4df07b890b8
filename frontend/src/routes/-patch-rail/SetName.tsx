/** What the set in force is called, with the way to its page; a box where nobody has named it. */
import { TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Tag } from "lucide-react";
import { useState } from "react";
import { patchKeys, patchSet } from "../../api/patches";
import { nameSet } from "../../api/patchLibrary";
import { ToolButton } from "../../components/ToolButton";
import { complain } from "../-shell/complain";
import css from "./PatchRail.module.css";

/** The longest name that the server keeps. */
const NAME_MAX = 200;

export function SetName({ hash }: { hash: string }) {
  const { data: set } = useQuery(patchSet(hash));
  const [typing, setTyping] = useState(false);
  if (!set) return null;
  if (set.name)
    return (
      <Link to="/patches/sets/$hash" params={{ hash }} className={css.called} title={set.name}>
        <bdi>{set.name}</bdi>
      </Link>
    );
  if (typing) return <NameBox hash={hash} close={() => setTyping(false)} />;
  return (
    <ToolButton label="Name this set" onClick={() => setTyping(true)}>
      <Tag size={12} />
    </ToolButton>
  );
}

function NameBox({ hash, close }: { hash: string; close: () => void }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const call = useMutation({
    mutationFn: () => nameSet(hash, typed.trim()),
    onSuccess: (named) => {
      client.setQueryData(patchSet(hash).queryKey, named);
      client.invalidateQueries({ queryKey: patchKeys.list });
      close();
    },
    onError: complain,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) call.mutate();
      }}
    >
      <TextInput
        aria-label="Name of the set"
        placeholder="Name, then Enter"
        size="xs"
        w={124}
        autoFocus
        data-own-undo
        maxLength={NAME_MAX}
        value={typed}
        disabled={call.isPending}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => !typed.trim() && close()}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          close();
        }}
      />
    </form>
  );
}
