/**
 * A form made from a kind's JSON schema: every field with its docstring, its default, and what is wrong with it.
 *
 * It holds nothing: `value` has the fields that were set, what it lacks shows the default. `lib/kindSchema.ts` says what is
 * sent, `lib/kindProblems.ts` what is wrong.
 */
import { type ReactNode, use, useId } from "react";
import type { Problems } from "../lib/kindProblems";
import {
  choicesOfFields,
  type Field,
  isObject,
  type Json,
  type Schema,
  type Shape,
  shapeOf,
  stillOpen,
  titleOf,
  withField,
  withoutNull,
} from "../lib/kindSchema";
import css from "./KindForm.module.css";
import { isScalar, LinesControl, ListControl, TagsControl } from "./KindLists";
import { KindRow } from "./KindRow";
import { ChoiceControl, FlagControl, JsonControl, NumberControl, TextControl } from "./KindScalars";
import { Optional, UnionControl } from "./KindUnion";
import { type ControlProps, Form, type ValueProps, type WholeForm } from "./kindControls";

export interface KindFormProps {
  schema: Schema;
  /** The fields that were set. */
  value: Json;
  onChange: (value: Json) => void;
  /** What is wrong, by path. Defaults to nothing. */
  problems?: Problems;
  /** Also say what is missing where nothing was typed yet. Defaults to false. */
  insist?: boolean;
  /** What may be meant by a text field of this name: the models that there are. Defaults to none. */
  suggestions?: WholeForm["suggestions"];
}

export function KindForm({ schema, value, onChange, problems = {}, insist = false, suggestions = {} }: KindFormProps) {
  return (
    <Form value={{ root: schema, problems, insist, suggestions }}>
      <Fields schema={schema} value={value} byDefault={undefined} path="" onChange={(next) => onChange(next ?? {})} />
    </Form>
  );
}

/** A tag or another constant leaves nothing to choose. */
const isFixed = (shape: Shape): boolean => shape.is === "choice" && shape.of.length === 1;

/** Required, or one of those of which one is. */
const isWanted = ({ name, required }: Field, schema: Schema): boolean =>
  required || choicesOfFields(schema).some((names) => names.includes(name));

/** An object's fields; the control of anything else. */
function Fields(props: ValueProps & { without?: string }): ReactNode {
  const { schema, value, byDefault, path, onChange, without } = props;
  const { root } = use(Form);
  const shape = shapeOf(schema, root);
  if (shape.is !== "object") return <Control {...props} />;
  // What is needed comes first: below forty fields that have defaults nobody would look for it.
  const shown = shape.fields
    .filter((field) => field.name !== without && !isFixed(shapeOf(field.schema, root)))
    .sort((one, other) => Number(isWanted(other, schema)) - Number(isWanted(one, schema)));
  const inherited = isObject(byDefault) ? byDefault : {};
  return (
    <div className={css.fields}>
      {shown.map((field) => (
        <FieldOf
          key={field.name}
          field={{ ...field, byDefault: inherited[field.name] ?? field.byDefault }}
          path={path ? `${path}.${field.name}` : field.name}
          or={stillOpen(schema, value, field.name)}
          value={isObject(value) ? value[field.name] : undefined}
          onChange={(next) => onChange(withField(value, field.name, next))}
        />
      ))}
      {shown.length === 0 && <p className={css.says}>Nothing to choose.</p>}
    </div>
  );
}

interface FieldProps {
  field: Field;
  path: string;
  /** Fields that would do as well, while none of them has anything. */
  or: readonly string[];
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}

function FieldOf({ field, path, or, value, onChange }: FieldProps) {
  const { root, insist } = use(Form);
  const id = useId();
  const { name, schema, required, byDefault } = field;
  const shape = shapeOf(schema, root);
  const nested = shape.is === "object" || shape.is === "union" || (shape.is === "list" && !isScalar(shape, root));
  return (
    <KindRow
      field={field}
      id={id}
      value={value}
      needed={nested || insist ? "" : or.length > 0 ? orWords(or) : required && value === undefined ? "needed" : ""}
      wide={nested}
      onReset={() => onChange(undefined)}
    >
      <Control
        id={id}
        name={name}
        schema={schema}
        value={value}
        byDefault={byDefault}
        path={path}
        onChange={onChange}
      />
    </KindRow>
  );
}

const orWords = (names: readonly string[]): string => `this or ${names.map(titleOf).join(" or ")}`;

function Control(props: ControlProps): ReactNode {
  const { root } = use(Form);
  const { schema, nullable } = withoutNull(props.schema, root);
  const shape = shapeOf(schema, root);
  switch (shape.is) {
    case "text":
      return <TextControl {...props} nullable={nullable} />;
    case "number":
      return <NumberControl {...props} nullable={nullable} whole={shape.whole} />;
    case "flag":
      return <FlagControl {...props} nullable={nullable} />;
    case "choice":
      return <ChoiceControl {...props} of={shape.of} nullable={nullable} />;
    case "list":
      if (schema.lines === true) return <LinesControl {...props} />;
      if (isScalar(shape, root)) return <TagsControl {...props} shape={shape} />;
      return <ListControl {...props} item={shape.item} fields={Fields} />;
    case "object":
      return (
        <Optional {...props} nullable={nullable}>
          <fieldset className={css.nested} aria-labelledby={`${props.id}-name`}>
            <Fields {...props} schema={schema} />
          </fieldset>
        </Optional>
      );
    case "union":
      return (
        <Optional {...props} nullable={nullable}>
          <UnionControl {...props} shape={shape} fields={Fields} />
        </Optional>
      );
    case "json":
      return <JsonControl {...props} />;
  }
}
