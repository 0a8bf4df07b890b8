/** `v`: what this is put beside. */
import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Columns2 } from "lucide-react";
import { useState } from "react";
import { conversations } from "../../api/queries";
import { useLetters } from "../-shell/shortcuts";
import type { Material } from "./material";
import type { Change, View } from "./params";

interface Props {
  material: Material;
  view: View;
  change: Change;
  /** Offer conversations: on the chat page. */
  withConversations: boolean;
}

export function CompareMenu({ material, view, change, withConversations }: Props) {
  const [open, setOpen] = useState(false);
  const { data } = useQuery({ ...conversations(), enabled: withConversations });
  useLetters([["v", () => setOpen(true)]]);
  const other = view.lens === "logit" ? "tuned" : "logit";
  const own = "conversation" in material.source ? material.source.conversation : undefined;
  const rows = (data?.items ?? []).filter((row) => row.id !== own && row.model === material.model.slug).slice(0, 12);
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end">
      <Menu.Target>
        <Button aria-label="Compare" variant={view.vs ? "light" : "default"} leftSection={<Columns2 size={14} />}>
          Compare
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {view.vs !== undefined && <Menu.Item onClick={() => change({ vs: undefined })}>Stop comparing</Menu.Item>}
        <Menu.Label>Same tokens</Menu.Label>
        <Menu.Item disabled={!material.model.lenses.includes(other)} onClick={() => change({ vs: `lens:${other}` })}>
          {view.lens} lens beside {other} lens
        </Menu.Item>
        {rows.length > 0 && <Menu.Label>Another conversation</Menu.Label>}
        {rows.map((row) => (
          <Menu.Item key={row.id} onClick={() => change({ vs: row.id })}>
            {row.title || "untitled"}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
