/** What is done with several runs at once: cancel, requeue, tag. */
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Ban, RotateCcw, Tag } from "lucide-react";
import { useState } from "react";
import { askRunsAgain } from "../../api/live";
import { changeRun, run } from "../../api/runs";
import type { RunChange, RunRow } from "../../api/types";
import { WordPopover } from "../../components/WordPopover";
import { actionsOf } from "./actions";
import css from "./Runs.module.css";
import { type Chosen, changeEach, type Outcome, outcomeWords } from "./selection";
import { TAG_MAX } from "./tags";

interface Props {
  /** By id, as they stand now. */
  chosen: Chosen;
  /** These alone stay chosen. */
  keep: (ids: ReadonlySet<string>) => void;
}

/** What is done to each, how it is told, and how a run stands that needs it no longer. */
interface Deed {
  change: Partial<RunChange>;
  done: string;
  stands: (row: RunRow) => boolean;
}

/** Told at the end; why some were refused stays until the next one. */
function useChangeMany() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Outcome["refused"]>(new Map());
  const changeAll = async (rows: readonly RunRow[], { change, done, stands }: Deed): Promise<Outcome> => {
    setBusy(true);
    const outcome = await changeEach(
      rows.map(({ id }) => id),
      (id) => changeRun(id, change),
      async (id) => stands((await client.fetchQuery({ ...run(id), staleTime: 0, retry: false })).row),
    );
    setBusy(false);
    setRefused(outcome.refused);
    askRunsAgain(client);
    notifications.show({ message: outcomeWords(outcome, done), color: outcome.refused.size > 0 ? "red" : undefined });
    return outcome;
  };
  return { busy, refused, changeAll };
}

const VERBS = [
  {
    action: "cancel",
    title: "Cancel",
    done: "cancelled",
    stands: ({ status, stopping }: RunRow) => status === "cancelled" || stopping === "cancel",
    icon: Ban,
  },
  {
    action: "requeue",
    title: "Requeue",
    done: "queued again",
    stands: ({ status }: RunRow) => status === "planned" || status === "running",
    icon: RotateCcw,
  },
] as const;

export function SelectedRuns({ chosen, keep }: Props) {
  const { busy, refused, changeAll } = useChangeMany();
  const rows = [...chosen.values()];
  if (rows.length === 0) return null;
  return (
    <Group gap={6} role="group" aria-label="Selected runs">
      <span>{rows.length} selected</span>
      {VERBS.map(({ action, title, icon: Icon, ...deed }) => {
        const able = rows.filter((row) => actionsOf(row).includes(action));
        return (
          <Button
            key={action}
            variant="default"
            size="compact-xs"
            disabled={busy || able.length === 0}
            leftSection={<Icon size={12} />}
            onClick={() =>
              changeAll(able, { ...deed, change: { action } }).then((outcome) => keep(new Set(outcome.refused.keys())))
            }
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
        maxLength={TAG_MAX}
        disabled={busy}
        onWord={(tag) => changeAll(rows, { change: { add_tags: [tag] }, done: `tagged ${tag}`, stands: () => false })}
      >
        Tag…
      </WordPopover>
      <Button variant="subtle" color="gray" size="compact-xs" onClick={() => keep(new Set())}>
        Clear
      </Button>
      <Reasons of={rows.flatMap(({ id }) => refused.get(id) ?? [])} />
    </Group>
  );
}

/** Reasons that are listed; of more their number. */
const REASONS_MAX = 3;

function Reasons({ of }: { of: readonly string[] }) {
  if (of.length === 0) return null;
  return (
    <ul role="alert" className={css.refused}>
      {of.slice(0, REASONS_MAX).map((why) => (
        <li key={why}>{why}</li>
      ))}
      {of.length > REASONS_MAX && <li>and {of.length - REASONS_MAX} more</li>}
    </ul>
  );
}
