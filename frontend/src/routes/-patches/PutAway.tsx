/** Takes a patch off the list, and puts it back: whatever names it goes on working. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Archive, Undo2 } from "lucide-react";
import { patchKeys } from "../../api/patches";
import { putAway, restorePatch } from "../../api/patchLibrary";
import type { PatchInfo } from "../../api/types";
import { complain } from "../-shell/complain";
import { undoToast } from "../-shell/undo";

type Props = { patch: Pick<PatchInfo, "hash" | "name"> };

export function PutAway({ patch: { hash, name } }: Props) {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: patchKeys.all, predicate: isOfLibrary });
  const run = useMutation({
    mutationFn: () => putAway(hash),
    onError: complain,
    onSuccess: () =>
      undoToast(`“${name}” is off the list. Sets, turns and links that hold it go on working.`, () =>
        restorePatch(hash).then(again, complain),
      ),
    onSettled: again,
  });
  return (
    <Button variant="default" leftSection={<Archive size={14} />} loading={run.isPending} onClick={() => run.mutate()}>
      Put away
    </Button>
  );
}

export function RestorePatch({ patch: { hash, name } }: Props) {
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: () => restorePatch(hash),
    onError: complain,
    onSuccess: () => notifications.show({ message: `“${name}” is on the list again.` }),
    onSettled: () => client.invalidateQueries({ queryKey: patchKeys.all, predicate: isOfLibrary }),
  });
  return (
    <Button
      variant="default"
      size="compact-xs"
      aria-label={`Restore ${name}`}
      loading={run.isPending}
      leftSection={<Undo2 size={12} />}
      onClick={() => run.mutate()}
    >
      Restore
    </Button>
  );
}

/** Trials of patches stay as they are, whatever is on the list. */
const isOfLibrary = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  ["list", "one"].includes(String(queryKey[1]));
