import { Button, Popover, Stack, Text } from "@mantine/core";
import { GitBranch, Replace } from "lucide-react";
import { useState } from "react";
import { TokenPicker } from "../../components/TokenPicker";
import { at } from "../../lib/lens";
import { useLabel } from "../-view/Inspector";
import { type Material, useReading } from "../-view/material";
import type { View } from "../-view/params";
import { type ChatSearch, samplingOf, useConversationActions } from "./actions";

interface Props {
  id: string;
  material: Material;
  position: number;
  view: View;
  search: ChatSearch;
}

/** Branch at the selected token, or put another one in its place; both go on in a new conversation. */
export function TokenActions({ id, material, position, view, search }: Props) {
  const { branch } = useConversationActions();
  const [open, setOpen] = useState(false);
  const label = useLabel(material);
  const { lens } = useReading(material, { ...view, read: "for", component: "resid" }, position);
  const last = lens ? (lens.layers.length - 1) * lens.k : 0;
  const likely = lens ? Array.from({ length: lens.k }, (_, i) => at(lens.topIds, last + i)) : [];
  const sampling = samplingOf(search);
  if (material.generating || position === 0) return null;
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        leftSection={<GitBranch size={12} />}
        onClick={() => branch(id, { position }, sampling)}
        title="A new conversation that shares what is before this token and goes on from there"
      >
        Branch here
      </Button>
      <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" width={240}>
        <Popover.Target>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<Replace size={12} />}
            onClick={() => setOpen(!open)}
          >
            Replace…
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap={6}>
            <Text size="xs" c="dimmed">
              Another token in its place; the model goes on from it in a branch.
            </Text>
            <TokenPicker
              vocab={material.vocab}
              label={label}
              name="Another token"
              suggestions={likely.filter((one) => one !== material.ids[position])}
              onPick={(token_id) => {
                setOpen(false);
                branch(id, { position, token_id }, sampling);
              }}
            />
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
