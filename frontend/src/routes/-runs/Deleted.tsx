/** Runs that were put away, and the way back. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { askRunsAgain } from "../../api/live";
import { restoreRun } from "../../api/runs";
import type { RunRow } from "../../api/types";
import type { Column } from "../../components/DataTable";
import { complain } from "../-shell/complain";
import { ago } from "../-shell/words";
import { Name } from "./columns";
import { moment, runTitle } from "./words";

/** Columns that the list of these has before its others, whatever its reader chose. */
export const DELETED_COLUMNS: readonly string[] = ["name", "restore", "deleted"];

/** The columns of the list, for runs that have no page: each can be restored. */
export function columnsOfDeleted(columns: readonly Column<RunRow>[], now_ms: number): readonly Column<RunRow>[] {
  const [name, ...others] = columns;
  return [
    ...(name
      ? [
          {
            ...name,
            cell: (row: RunRow) => (
              <span title={row.id}>
                <Name row={row} />
              </span>
            ),
          },
        ]
      : []),
    { key: "restore", title: "Restore", width: 96, text: () => null, cell: (row) => <Restore row={row} /> },
    {
      key: "deleted",
      title: "Deleted",
      width: 96,
      number: true,
      text: ({ deleted }) => moment(deleted),
      cell: ({ deleted }) => <span title={moment(deleted)}>{ago(deleted ?? 0, now_ms)}</span>,
    },
    ...others,
  ];
}

function Restore({ row }: { row: RunRow }) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => restoreRun(row.id),
    onError: complain,
    onSuccess: () => notifications.show({ message: `${runTitle(row)} is on the list again.` }),
    onSettled: () => askRunsAgain(client),
  });
  return (
    <Button
      variant="default"
      size="compact-xs"
      aria-label={`Restore ${runTitle(row)}`}
      loading={restore.isPending}
      leftSection={<Undo2 size={12} />}
      onClick={() => restore.mutate()}
    >
      Restore
    </Button>
  );
}
