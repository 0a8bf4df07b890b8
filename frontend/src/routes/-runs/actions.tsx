/** What can be done about a run, as buttons: pause, resume, cancel, requeue. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Pause, Play, RotateCcw } from "lucide-react";
import { askRunsAgain } from "../../api/live";
import { changeRun } from "../../api/runs";
import type { RunChange, RunRow } from "../../api/types";
import { complain } from "../-shell/complain";

export type Action = NonNullable<RunChange["action"]>;

/** What a run in this state can be asked for. */
export function actionsOf({ status, stopping }: Pick<RunRow, "status" | "stopping">): Action[] {
  switch (status) {
    case "planned":
      return ["pause", "cancel"];
    case "running":
      return stopping === "cancel" ? [] : stopping === "pause" ? ["cancel"] : ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    case "succeeded":
      return [];
    case "failed":
    case "cancelled":
      return ["requeue"];
  }
}

const WORDS = {
  pause: { label: "Pause", icon: Pause, says: "Stops at the next step and keeps what is done" },
  resume: { label: "Resume", icon: Play, says: "Goes on from the last checkpoint" },
  cancel: { label: "Cancel", icon: Ban, says: "Stops at the next step; what is done stays in its directory" },
  requeue: {
    label: "Requeue",
    icon: RotateCcw,
    says: "A new attempt of this run, from its last checkpoint where there is one",
  },
} as const;

export function useRunChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string } & Partial<RunChange>) => changeRun(id, change),
    onError: complain,
    onSettled: () => askRunsAgain(client),
  });
}

interface RunActionsProps {
  row: RunRow;
  /** Icons alone. Defaults to false. */
  small?: boolean;
}

export function RunActions({ row, small = false }: RunActionsProps) {
  const change = useRunChange();
  const asked = change.isPending ? change.variables.action : undefined;
  return (
    <Group gap={4} wrap="nowrap">
      {actionsOf(row).map((action) => {
        const { label, icon: Icon, says } = WORDS[action];
        return (
          <Button
            key={action}
            variant="default"
            size={small ? "compact-xs" : "xs"}
            title={says}
            aria-label={small ? `${label} ${row.name || row.id}` : undefined}
            loading={asked === action}
            disabled={change.isPending && asked !== action}
            leftSection={small ? undefined : <Icon size={13} />}
            onClick={() => change.mutate({ id: row.id, action })}
          >
            {small ? <Icon size={13} aria-hidden /> : label}
          </Button>
        );
      })}
    </Group>
  );
}
