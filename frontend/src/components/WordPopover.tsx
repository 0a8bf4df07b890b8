import { Button, Group, Popover, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";

interface WordPopoverProps {
  /** On the button that opens it. */
  children: ReactNode;
  icon: ReactNode;
  /** Name of the field. */
  label: string;
  /** Shown in the empty field. Defaults to its name. */
  placeholder?: string;
  /** On the button that ends it. */
  submit: string;
  /** Characters at most. */
  maxLength: number;
  /** Defaults to false. */
  disabled?: boolean;
  /** Is given what was typed, without the spaces around it; never an empty text. */
  onWord: (word: string) => void;
}

/** A button that asks for one word or name, in a form of one field. */
export function WordPopover({
  children,
  icon,
  label,
  placeholder = label,
  submit,
  maxLength,
  disabled = false,
  onWord,
}: WordPopoverProps) {
  const [open, setOpen] = useState(false);
  const [word, setWord] = useState("");
  const end = (event: FormEvent) => {
    event.preventDefault();
    if (!word.trim()) return;
    onWord(word.trim());
    setOpen(false);
    setWord("");
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-xs"
          disabled={disabled}
          leftSection={icon}
          onClick={() => setOpen(!open)}
        >
          {children}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={end}>
          <Group gap={6}>
            <TextInput
              aria-label={label}
              placeholder={placeholder}
              maxLength={maxLength}
              value={word}
              onChange={(event) => setWord(event.currentTarget.value)}
            />
            <Button type="submit" disabled={!word.trim()}>
              {submit}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
