/**
 * A box for a number. What is typed is read once typing rests, with Enter, or when the box is left; what is no number is
 * refused in words beside the box, and changes nothing. The arrow keys go by steps.
 */
import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { type Limits, readNumber } from "../lib/typedNumber";
import css from "./NumberBox.module.css";

interface Props extends Limits, Pick<TextInputProps, "label" | "description" | "className" | "w" | "size"> {
  /** Accessible name, where no label is shown. */
  name?: string;
  value: number;
  onChange: (value: number) => void;
  /** What was typed has been read. */
  onEnd?: () => void;
  /** By which the arrow keys go. Defaults to 1. */
  step?: number;
}

/** Keys that come faster are one number. */
const REST_MS = 700;

/** Digits that steps add up without a rest of binary fractions. */
const EXACT = 12;

export function NumberBox({ name, value, onChange, onEnd, step = 1, min, max, whole, ...look }: Props) {
  const says = useId();
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState<string>();
  const [refused, setRefused] = useState("");
  const [seen, setSeen] = useState(value);
  const limits = { min, max, whole };
  // A form that it stands in is not sent with another number than the one that is written here.
  useLayoutEffect(() => input.current?.setCustomValidity(refused), [refused]);
  if (value !== seen) {
    setSeen(value);
    const typed = draft === undefined ? undefined : readNumber(draft, limits);
    // It was changed elsewhere.
    if (typed && !("number" in typed && typed.number === value)) {
      setDraft(undefined);
      setRefused("");
    }
  }
  const read = (text: string) => {
    if (text.trim() === "") return;
    const typed = readNumber(text, limits);
    if ("refused" in typed) return setRefused(typed.refused);
    if (typed.number !== value) onChange(typed.number);
    onEnd?.();
  };
  const rest = useDebouncedCallback(read, REST_MS);
  const write = (text: string) => {
    setDraft(text);
    setRefused("");
    rest(text);
  };
  const settle = () => {
    rest.cancel();
    if (draft === undefined) return;
    read(draft);
    if (draft.trim() === "" || "number" in readNumber(draft, limits)) setDraft(undefined);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter") return settle();
    if (event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const typed = readNumber(draft ?? String(value), limits);
    const from = "number" in typed ? typed.number : value;
    const to = Number((from + (event.key === "ArrowUp" ? step : -step)).toPrecision(EXACT));
    write(String(Math.max(min ?? to, Math.min(max ?? to, to))));
  };
  return (
    <>
      <TextInput
        {...look}
        ref={input}
        aria-label={name}
        aria-errormessage={refused ? says : undefined}
        classNames={{ input: css.input }}
        error={refused !== ""}
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        data-own-undo={draft !== undefined || undefined}
        value={draft ?? String(value)}
        onChange={(event) => write(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={pressed}
      />
      {refused && (
        <span id={says} role="alert" className={css.refused}>
          {refused}
        </span>
      )}
    </>
  );
}
