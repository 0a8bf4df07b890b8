/** Controls of a form for several values: words and numbers as tags, anything else one below the other. */
import { MultiSelect, TagsInput, Textarea } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { type ReactNode, use } from "react";
import { type Json, type Schema, type Shape, shapeOf, titleOf, typedNumber } from "../lib/kindSchema";
import css from "./KindForm.module.css";
import { type ControlProps, Form, useProblem, type ValueProps } from "./kindControls";
import { suggested } from "./suggested";
import { ToolButton } from "./ToolButton";

export type ListShape = Extract<Shape, { is: "list" }>;

/** Its entries fit into tags. */
export const isScalar = (shape: ListShape, root: Schema): boolean =>
  ["text", "number", "choice"].includes(shapeOf(shape.item, root).is);

const listOf = ({ value, byDefault }: ControlProps): readonly Json[] => {
  const now = value ?? byDefault;
  return Array.isArray(now) ? now : [];
};

export function TagsControl(props: ControlProps & { shape: ListShape }) {
  const { id, name = "", value, path, onChange, shape } = props;
  const { root, suggestions } = use(Form);
  const error = useProblem(path, value, true);
  const item = shapeOf(shape.item, root);
  const known = suggestions[name] ?? [];
  const listed = listOf(props).map(String);
  const shared = { id, error, value: listed, size: "xs", clearable: true } as const;
  if (item.is === "choice")
    return (
      <MultiSelect
        {...shared}
        data={item.of.map(String)}
        onChange={(texts) => onChange(item.of.filter((one) => texts.includes(String(one))))}
      />
    );
  return (
    <TagsInput
      {...shared}
      {...suggested(known)}
      // A text may hold a comma, a number does not.
      splitChars={item.is === "number" ? [",", " "] : []}
      acceptValueOnBlur
      allowDuplicates
      placeholder={
        listed.length === 0 ? (known.length > 0 ? "choose, or type, then Enter" : "type, then Enter") : undefined
      }
      onChange={(texts) => onChange(item.is === "number" ? texts.map(typedNumber) : texts)}
    />
  );
}

/** Texts as a box, one on each line. */
export function LinesControl(props: ControlProps) {
  const { id, value, path, onChange } = props;
  const error = useProblem(path, value, true);
  const listed = listOf(props).map(String);
  return (
    <Textarea
      id={id}
      size="xs"
      autosize
      minRows={4}
      maxRows={14}
      error={error}
      placeholder="one on each line"
      value={listed.join("\n")}
      onChange={(event) => {
        const text = event.currentTarget.value;
        onChange(text === "" ? [] : text.split("\n"));
      }}
    />
  );
}

interface ListProps extends ControlProps {
  item: Schema;
  /** Draws an entry's fields, which may be lists again. */
  fields: (props: ValueProps) => ReactNode;
}

export function ListControl(props: ListProps) {
  const { id, value, path, onChange, item, fields: Fields } = props;
  const list = listOf(props);
  const error = useProblem(path, value);
  const put = (index: number, next: Json | undefined) =>
    onChange(list.map((one, i) => (i === index ? (next ?? {}) : one)));
  return (
    <fieldset className={css.nested} id={id} aria-labelledby={`${id}-name`}>
      {list.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no name but its place.
        <div key={index} className={css.item}>
          <Fields
            schema={item}
            value={one}
            byDefault={undefined}
            path={`${path}.${index}`}
            onChange={(next) => put(index, next)}
          />
          <ToolButton label={`Remove entry ${index + 1}`} onClick={() => onChange(list.filter((_, i) => i !== index))}>
            <X size={12} />
          </ToolButton>
        </div>
      ))}
      {error && <p className={css.needed}>{error}</p>}
      <ToolButton label={`Add to ${titleOf(path)}`} onClick={() => onChange([...list, {}])}>
        <span>
          <Plus size={12} aria-hidden /> Add
        </span>
      </ToolButton>
    </fieldset>
  );
}
