/** What a new patch would be: asked at once, but for prompts, whose reading somebody starts. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { previewedPatch } from "../../api/patchLibrary";
import type { NewPatch, PatchPreviewed, PatchProgress } from "../../api/types";
import type { TroubleText } from "../../components/States";

const TYPING_MS = 300;
const NOTHING = { type: "unembedding", kind: "steer", token: 0, minus: null, site: "", everywhere: false } as const;

export interface Preview {
  /** Of this very source; undefined until it is there. */
  data: PatchPreviewed | undefined;
  trouble: TroubleText | undefined;
  isFetching: boolean;
  /** Of prompts, while they are read. */
  progress: PatchProgress | undefined;
  /** It is asked for by itself. */
  starts: boolean;
  start: () => void;
}

export function usePreview(model: string, wanted: NewPatch["source"] | undefined): Preview {
  const [progress, setProgress] = useState<PatchProgress>();
  const [started, setStarted] = useState<string>();
  const key = JSON.stringify(wanted);
  const [settled] = useDebouncedValue(key, TYPING_MS);
  const starts = wanted?.type !== "means";
  // What is done with the same direction asks for no second reading of the prompts.
  const read = JSON.stringify(wanted, (name, value) =>
    ["kind", "everywhere", "writers", "seen"].includes(name) ? undefined : value,
  );
  const enabled = wanted !== undefined && (starts ? settled === key : started === read);
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    ...previewedPatch(model, wanted ?? { ...NOTHING, scale: null, writers: [], seen: null }, setProgress),
    enabled,
    placeholderData: keepPreviousData,
  });
  const trouble = useTrouble(error);
  return {
    data: enabled && !isPlaceholderData ? data : undefined,
    trouble: enabled ? trouble : undefined,
    isFetching: enabled && isFetching,
    progress: starts || !isFetching ? undefined : progress,
    starts,
    start: () => {
      setProgress(undefined);
      setStarted(read);
    },
  };
}
