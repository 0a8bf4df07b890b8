import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

const PAUSE_MS = 200;

/**
 * What is dragged or typed here, before the address has it.
 *
 * Args:
 *   kept: as the address has it; where that changes by itself, so does the draft.
 *   keep: called once nothing has changed for a moment.
 */
export function useDraft<T>(kept: T, keep: (value: T) => void): [draft: T, setDraft: (value: T) => void] {
  const [draft, setDraft] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const [sent, setSent] = useState(kept);
  if (!Object.is(kept, seen)) {
    setSeen(kept);
    // What this one sent itself is behind what is dragged by now.
    if (!Object.is(kept, sent)) {
      setSent(kept);
      setDraft(kept);
    }
  }
  const send = useDebouncedCallback((value: T) => {
    setSent(value);
    keep(value);
  }, PAUSE_MS);
  return [
    draft,
    (value) => {
      setDraft(value);
      send(value);
    },
  ];
}
