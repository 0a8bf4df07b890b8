/** Controls of a form for one value each: text, number, yes or no, one of several, and JSON for what has no other. */
import { Autocomplete, JsonInput, SegmentedControl, Select, Switch, TextInput } from "@mantine/core";
import { use, useState } from "react";
import { type Json, typedNumber } from "../lib/kindSchema";
import { type ControlProps, Form, type NullableProps, shownOf, useProblem } from "./kindControls";
import { suggested } from "./suggested";

export function TextControl({ id, name = "", value, byDefault, path, onChange, nullable }: NullableProps) {
  const { suggestions } = use(Form);
  const error = useProblem(path, value);
  const now = value ?? byDefault;
  const shared = {
    id,
    error,
    value: typeof now === "string" ? now : "",
    placeholder: nullable ? "empty" : undefined,
    spellCheck: false,
    onChange: (text: string) => onChange(nullable && text === "" ? null : text),
  };
  const known = suggestions[name];
  // Also while none is known yet: what is being typed into stays the same input.
  if (known) return <Autocomplete {...shared} size="xs" {...suggested(known)} />;
  return <TextInput {...shared} onChange={(event) => shared.onChange(event.currentTarget.value)} />;
}

export function NumberControl(props: NullableProps & { whole: boolean }) {
  const { id, value, path, onChange, nullable, whole } = props;
  const error = useProblem(path, value);
  // As it was typed, while it is being typed: 0.50 and 1e-4 stay what they are.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      id={id}
      error={error}
      inputMode={whole ? "numeric" : "decimal"}
      classNames={{ input: "mono" }}
      placeholder={nullable ? "empty" : undefined}
      value={typed ?? String(shownOf(props) ?? "")}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        onChange(nullable && text.trim() === "" ? null : typedNumber(text));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

const FLAGS = [
  { value: "", label: "empty" },
  { value: "true", label: "yes" },
  { value: "false", label: "no" },
];

export function FlagControl(props: NullableProps) {
  const { id, onChange, nullable } = props;
  const now = shownOf(props);
  if (!nullable)
    return <Switch id={id} checked={now === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  return (
    <SegmentedControl
      id={id}
      data={FLAGS}
      value={typeof now === "boolean" ? String(now) : ""}
      onChange={(text) => onChange(text === "" ? null : text === "true")}
    />
  );
}

export function ChoiceControl(props: NullableProps & { of: readonly Json[] }) {
  const { id, value, path, onChange, of, nullable } = props;
  const error = useProblem(path, value);
  const now = shownOf(props) ?? null;
  return (
    <Select
      id={id}
      error={error}
      data={of.map(String)}
      value={now === null ? null : String(now)}
      clearable={nullable}
      allowDeselect={nullable}
      placeholder={nullable ? "empty" : "choose"}
      onChange={(text) => onChange(of.find((one) => String(one) === text) ?? (nullable ? null : undefined))}
    />
  );
}

export function JsonControl(props: ControlProps) {
  const { id, value, path, onChange } = props;
  const error = useProblem(path, value);
  const now = shownOf(props);
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  return (
    <JsonInput
      id={id}
      size="xs"
      autosize
      minRows={2}
      maxRows={12}
      classNames={{ input: "mono" }}
      error={wrong ? "This is not JSON." : error}
      value={typed ?? (now === undefined ? "" : JSON.stringify(now, null, 1))}
      onChange={(text) => {
        setTyped(text);
        try {
          onChange(text.trim() === "" ? undefined : JSON.parse(text));
          setWrong(false);
        } catch {
          setWrong(true);
        }
      }}
      onBlur={() => !wrong && setTyped(null)}
    />
  );
}
