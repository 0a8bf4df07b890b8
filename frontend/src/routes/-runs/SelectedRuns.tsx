/** What is done with several runs at once: cancel, requeue, tag. */
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Ban, RotateCcw, Tag } from "lucide-react";
import { useState } from "react";
import { askRunsAgain } from "../../api/live";
import { changeRun } from "../../api/runs";
import type { RunChange, RunRow } from "../../api/types";
import { WordPopover } from "../../components/WordPopover";
import { complain } from "../-shell/complain";
import { counted } from "../-shell/words";
import { actionsOf } from "./actions";

export type Chosen = ReadonlyMap<string, RunRow>;

interface Props {
  /** By id, as they were when they were chosen. */
  chosen: Chosen;
  clear: () => void;
}

/** One run after the other; the first that is refused is told, and those before it have changed. */
function useChangeMany() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const changeAll = async (
    rows: readonly RunRow[],
    done: string,
    change: (row: RunRow) => Partial<RunChange>,
  ): Promise<void> => {
    setBusy(true);
    try {
      for (const row of rows) await changeRun(row.id, change(row));
      notifications.show({ message: `${counted(rows.length, "run")} ${done}.` });
    } catch (thrown) {
      complain(thrown);
    } finally {
      setBusy(false);
      askRunsAgain(client);
    }
  };
  return { busy, changeAll };
}

const VERBS = [
  { action: "cancel", title: "Cancel", done: "cancelled", icon: Ban },
  { action: "requeue", title: "Requeue", done: "queued again", icon: RotateCcw },
] as const;

export function SelectedRuns({ chosen, clear }: Props) {
  const { busy, changeAll } = useChangeMany();
  const rows = [...chosen.values()];
  if (rows.length === 0) return null;
  return (
    <Group gap={6} role="group" aria-label="Selected runs">
      <span>{rows.length} selected</span>
      {VERBS.map(({ action, title, done, icon: Icon }) => {
        const able = rows.filter((row) => actionsOf(row).includes(action));
        return (
          <Button
            key={action}
            variant="default"
            size="compact-xs"
            disabled={busy || able.length === 0}
            leftSection={<Icon size={12} />}
            onClick={() => changeAll(able, done, () => ({ action })).then(clear)}
          >
            {title} {able.length}
          </Button>
        );
      })}
      <WordPopover
        icon={<Tag size={12} />}
        label="Tag for the selected runs"
        placeholder="A word to find them by"
        submit="Add"
        maxLength={100}
        disabled={busy}
        onWord={(tag) => changeAll(rows, `tagged ${tag}`, (row) => ({ tags: [...new Set([...row.tags, tag])] }))}
      >
        Tag…
      </WordPopover>
      <Button variant="subtle" color="gray" size="compact-xs" onClick={clear}>
        Clear
      </Button>
    </Group>
  );
}
