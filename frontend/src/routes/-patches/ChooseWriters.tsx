/** The same weight edit of other modules or layers, as a patch of its own. */
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { keepPatch } from "../../api/patches";
import { model } from "../../api/queries";
import type { NewPatch, PatchInfo } from "../../api/types";
import { type ChosenWriters, chosenOf, writersOf } from "../../lib/writers";
import { Part } from "../-features/Parts";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";
import classes from "./Patches.module.css";
import type { PatchSearch } from "./params";
import { WritersFields } from "./WritersFields";

interface Props {
  info: PatchInfo;
  search: PatchSearch;
}

/** What the same is made of, with these writers; undefined of what edits no weights. */
export function withWriters({ source, patch }: PatchInfo, writers: readonly string[]): NewPatch["source"] | undefined {
  if (patch.kind !== "scale") return undefined;
  // Without names a module's own site is meant by what was read there: that it is all of them is said by the content.
  if (writers.length === 0 || source.type === "content" || source.type === "adapter")
    return {
      type: "content",
      reads: "",
      run: source.type === "content" ? source.run : "",
      patch: { ...patch, writers: [...writers] },
    };
  return { ...source, writers: [...writers] };
}

export function ChooseWriters({ info, search }: Props) {
  const { data: about } = useQuery({ ...model(info.model), enabled: info.model !== "" });
  const [typed, setTyped] = useState<ChosenWriters>();
  const navigate = useNavigate();
  const keep = useMutation({
    mutationFn: (source: NewPatch["source"]) => keepPatch({ source, name: "", model: info.model || null }),
    onMutate: useHere(),
    onSuccess: ({ hash }, _, here) => {
      setTyped(undefined);
      if (here()) navigate({ to: "/patches/$hash", params: { hash }, search });
    },
    onError: complain,
  });
  if (info.patch.kind !== "scale" || !about) return null;
  const now = info.patch.writers;
  const chosen = typed ?? chosenOf(now, about.n_layers);
  const writers = writersOf(chosen, about.n_layers);
  const same = writers.join() === now.join();
  const source = withWriters(info, writers);
  return (
    <Part title="Which weights">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (source) keep.mutate(source);
        }}
      >
        <WritersFields chosen={chosen} change={setTyped} n_layers={about.n_layers} />
        <div className={classes.goes}>
          <Button
            type="submit"
            variant="default"
            loading={keep.isPending}
            disabled={same || !source || chosen.modules.length === 0}
          >
            Make it of these weights
          </Button>
        </div>
      </form>
    </Part>
  );
}
