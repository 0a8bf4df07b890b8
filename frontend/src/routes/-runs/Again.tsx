import { Button, Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, Play, Trash2 } from "lucide-react";
import { askRunsAgain } from "../../api/live";
import { deleteRun, exportAddress, restoreRun, startRun } from "../../api/runs";
import { asTrouble } from "../../api/trouble";
import type { Run, RunRow } from "../../api/types";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
import { useHere } from "../-shell/here";
import { undoToast } from "../-shell/undo";
import { downloadFrom } from "../-view/download";
import { Refused } from "./Refused";
import { runTitle } from "./words";

/** The same once more, the same with changes, all of it as a file, or away with it. */
export function Again({ run, row }: { run: Run; row: RunRow }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  const again = useMutation({
    mutationFn: (changes: Run["spec"]) =>
      startRun({
        spec: { ...run.spec, ...changes },
        name: row.name,
        priority: row.priority,
        tags: [...row.tags],
        hold: false,
      }),
    onMutate: stays,
    onSuccess: ({ id }, _, here) => {
      askRunsAgain(client);
      return here() && navigate({ to: "/runs/$run", params: { run: id } });
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteRun(row.id),
    onError: complain,
    onMutate: stays,
    onSuccess: (_, __, here) => {
      askRunsAgain(client);
      undoToast(`${runTitle(row)} is off the list. Its files stay.`, () =>
        restoreRun(row.id).then(() => askRunsAgain(client), complain),
      );
      return here() && navigate({ to: "/runs" });
    },
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<Play size={13} />}
        loading={again.isPending}
        title="The same spec into the queue, as a new run"
        onClick={() => again.mutate({})}
      >
        Run again
      </Button>
      {again.error && <Refused run={run} trouble={asTrouble(again.error)} again={again.mutate} close={again.reset} />}
      <Button
        renderRoot={(props) => (
          <Link {...props} to="/experiments/$family/new" params={{ family: row.family }} search={{ from: row.id }} />
        )}
        variant="default"
        leftSection={<Copy size={13} />}
      >
        Duplicate with changes
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={8} aria-label="More">
            <Ellipsis size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Download size={13} />}
            onClick={() => downloadFrom(exportAddress(row.id), `${row.id}.zip`)}
          >
            Download all files (zip)
          </Menu.Item>
          <Menu.Item leftSection={<Copy size={13} />} onClick={() => copyText(row.id, "Id copied.")}>
            Copy the id
          </Menu.Item>
          <Menu.Item
            leftSection={<Trash2 size={13} />}
            disabled={row.status === "running" || remove.isPending}
            onClick={() => remove.mutate()}
          >
            Delete from the list
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
