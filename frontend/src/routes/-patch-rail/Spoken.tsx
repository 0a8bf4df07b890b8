/** That the conversation is spoken under another set than the one beside it: somebody put it in force elsewhere. */
import { Button } from "@mantine/core";
import { useState } from "react";
import type { Material } from "../-view/material";
import { useSetWords } from "./names";
import css from "./PatchRail.module.css";

interface Props {
  material: Pick<Material, "turns" | "generating">;
  /** Hash of the set in force here. */
  patches: string | undefined;
  /** Puts another set in force. */
  go: (patches: string | undefined) => void;
}

export function Spoken({ material: { turns, generating }, patches, go }: Props) {
  const turn = turns.findLast(({ sampling }) => sampling !== null);
  const set = turn?.patches.at(-1)?.set ?? null;
  const [own, setOwn] = useState<readonly (string | null)[]>([]);
  const words = useSetWords(set === null ? [] : [set]);
  const here = patches ?? null;
  // What was in force here is nobody else's: a switch takes effect at the next token.
  if (!own.includes(here)) setOwn([...own, here]);
  if (!turn || own.includes(set)) return null;
  const called = set === null ? "no patches" : words(set);
  return (
    <div className={css.spoken} role="status">
      <span>
        {generating ? "The turn is being said under" : "The last turn was said under"} <bdi>{called}</bdi>, not under
        what is in force here.
      </span>
      <Button size="compact-xs" variant="default" onClick={() => go(set ?? undefined)}>
        {set === null ? "Go on without patches" : "Put it in force here"}
      </Button>
    </div>
  );
}
