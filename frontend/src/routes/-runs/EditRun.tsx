/** What people call a run, the words to find it by, and how much it matters: changed at any time. */
import { Button, NumberInput, Popover, Stack, TagsInput, TextInput } from "@mantine/core";
import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { RunRow } from "../../api/types";
import { useRunChange } from "./actions";
import { TAG_MAX, tagChanges } from "./tags";

const PRIORITY = 100;

export function EditRun({ row }: { row: RunRow }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<Pencil size={12} />}
          onClick={() => setOpen(!open)}
        >
          Name, tags, priority
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{open && <Form row={row} close={() => setOpen(false)} />}</Popover.Dropdown>
    </Popover>
  );
}

/** Begins with what the run has now, and sends what differs from that alone: what others change meanwhile stays. */
function Form({ row, close }: { row: RunRow; close: () => void }) {
  const [first] = useState(row);
  const [name, setName] = useState(first.name);
  const [tags, setTags] = useState<readonly string[]>(first.tags);
  const [priority, setPriority] = useState<number | null>(first.priority);
  const change = useRunChange();
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (priority === null) return;
    change.mutate(
      {
        id: row.id,
        name: name === first.name ? null : name,
        priority: priority === first.priority ? null : priority,
        ...tagChanges(first.tags, tags),
      },
      { onSuccess: close },
    );
  };
  return (
    <form onSubmit={save}>
      <Stack gap={8}>
        <TextInput
          label="Name"
          placeholder={row.id}
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TagsInput
          label="Tags"
          size="xs"
          value={[...tags]}
          onChange={setTags}
          maxLength={TAG_MAX}
          acceptValueOnBlur
          comboboxProps={{ withinPortal: false }}
        />
        <NumberInput
          label="Priority"
          description="Higher runs first"
          min={-PRIORITY}
          max={PRIORITY}
          allowDecimal={false}
          value={priority ?? ""}
          onChange={(next) => setPriority(typeof next === "number" ? next : null)}
        />
        <Button type="submit" loading={change.isPending} disabled={priority === null}>
          Save
        </Button>
      </Stack>
    </form>
  );
}
