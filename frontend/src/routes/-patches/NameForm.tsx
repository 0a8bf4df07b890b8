/** What a patch or a set is called, in a box. */
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch, patchKeys, patchSet } from "../../api/patches";
import { namePatch, nameSet } from "../../api/patchLibrary";
import { complain } from "../-shell/complain";
import classes from "./Patches.module.css";

/** The longest name that the server keeps. */
export const NAME_MAX = 200;

interface Props {
  what: "patch" | "set";
  hash: string;
  /** Empty where nobody has named it. */
  name: string;
}

export function NameForm({ what, hash, name }: Props) {
  const client = useQueryClient();
  const [typed, setTyped] = useState(name);
  const wanted = typed.trim();
  const call = useMutation({
    mutationFn: async () => {
      if (what === "set") client.setQueryData(patchSet(hash).queryKey, await nameSet(hash, wanted));
      else client.setQueryData(patch(hash).queryKey, await namePatch(hash, wanted));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: patchKeys.list }),
    onError: complain,
  });
  return (
    <form
      aria-label={`Name the ${what}`}
      className={classes.row}
      onSubmit={(event) => {
        event.preventDefault();
        call.mutate();
      }}
    >
      <TextInput
        label={`Name of the ${what}`}
        description="No part of the hash: links stay as they are."
        className={classes.name}
        placeholder="Nobody has named it"
        maxLength={NAME_MAX}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        loading={call.isPending}
        disabled={wanted === name || (what === "patch" && wanted === "")}
      >
        Name it
      </Button>
    </form>
  );
}
