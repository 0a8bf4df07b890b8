/** Keeps a patch under a name, and leads to its page. */
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { keepPatch } from "../../api/patches";
import type { NewPatch, PatchInfo } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { EVERYWHERE } from "../../lib/patchRail";
import classes from "./Patches.module.css";
import type { PatchSearch } from "./params";
import { UseInChat } from "./UseInChat";

interface Props {
  source: NewPatch["source"];
  /** A name for who has none. */
  proposed: string;
  /** Strength and text that its page opens with. */
  search: PatchSearch;
}

const NAME_MAX = 200;

function Made({ made, asked, search }: { made: PatchInfo; asked: string; search: PatchSearch }) {
  return (
    <div className={classes.goes}>
      <p className={classes.made} role="status">
        {made.name === asked ? "Kept as " : "It was here already, as "}
        <Link to="/patches/$hash" params={{ hash: made.hash }} search={search}>
          {made.name}
        </Link>
        .
      </p>
      <UseInChat
        members={[{ hash: made.hash, strength: 1, scope: EVERYWHERE }]}
        model={made.model}
        strength={search.strength}
      />
    </div>
  );
}

export function NewPatchForm({ source, proposed, search }: Props) {
  const of = JSON.stringify(source);
  // By what they were typed for: said of another change a name would be false.
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const keep = useMutation({ mutationFn: keepPatch });
  const trouble = useTrouble(keep.error);
  const typed = names[of];
  const name = (typed?.trim() || proposed).slice(0, NAME_MAX);
  const same = JSON.stringify(keep.variables?.source) === of;
  return (
    <form
      aria-label="Create a patch"
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        keep.mutate({ source, name });
      }}
    >
      <div className={classes.row}>
        <TextInput
          label="Name of the patch"
          className={classes.name}
          placeholder={proposed}
          maxLength={NAME_MAX}
          value={typed ?? proposed.slice(0, NAME_MAX)}
          onChange={(event) => setNames({ ...names, [of]: event.currentTarget.value })}
        />
        <Button type="submit" loading={keep.isPending}>
          Create patch
        </Button>
      </div>
      <p className={classes.none}>
        Its page is named by the hash of what it does. The strength is no part of it: any can be chosen there.
      </p>
      {same && keep.data && <Made made={keep.data} asked={keep.variables?.name ?? ""} search={search} />}
      {same && trouble && <TroubleNote trouble={trouble} />}
    </form>
  );
}
