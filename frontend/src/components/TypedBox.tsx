import { TextInput } from "@mantine/core";
import css from "./TypedBox.module.css";

interface TypedBoxProps {
  name: string;
  value: string | undefined;
  /** What may be typed, shown while the box is empty. */
  example: string;
  /** Called with what was typed; empty takes the choice back. */
  take: (text: string) => void;
}

/** Width of the name before what is typed, of a character of it, and of what remains on its right; CSS pixels. */
const [NAME, CHARACTER, PADDING] = [46, 7.3, 16];
/** A box is as wide as its value, between these numbers of characters. */
const clamped = (characters: number): number => Math.max(7, Math.min(24, characters));

/** A choice that is typed: taken on Enter or when the box is left. */
export function TypedBox({ name, value, example, take }: TypedBoxProps) {
  const commit = (typed: string) => {
    if (typed.trim() !== (value ?? "")) take(typed.trim());
  };
  return (
    <TextInput
      key={value}
      aria-label={name}
      leftSection={<span className={css.name}>{name}</span>}
      leftSectionWidth={NAME}
      placeholder={example}
      defaultValue={value}
      w={NAME + Math.ceil(CHARACTER * clamped((value ?? example).length)) + PADDING}
      classNames={{ input: "mono" }}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && commit(event.currentTarget.value)}
    />
  );
}
