/** What people call a run, the words to find it by, and how much it matters: changed at any time. */
import { Button, NumberInput, Popover, Stack, TagsInput, TextInput } from "@mantine/core";
import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { RunRow } from "../../api/types";
import { useRunChange } from "./actions";

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

/** Begins with what the run has now; what others change meanwhile is overwritten only where this form differs. */
function Form({ row, close }: { row: RunRow; close: () => void }) {
  const [name, setName] = useState(row.name);
  const [tags, setTags] = useState<readonly string[]>(row.tags);
  const [priority, setPriority] = useState<number | null>(row.priority);
  const change = useRunChange();
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (priority === null) return;
    change.mutate(
      {
        id: row.id,
        name: name === row.name ? null : name,
        tags: tags.join("\n") === row.tags.join("\n") ? null : [...tags],
        priority: priority === row.priority ? null : priority,
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
