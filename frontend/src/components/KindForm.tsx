/**
 * A form made from a kind's JSON schema: every field with its docstring, its default, and what is wrong with it.
 *
 * It holds nothing: `value` has the fields that were set, what it lacks shows the default. `lib/kindSchema.ts` says what is
 * sent, `lib/kindProblems.ts` what is wrong.
 */
import {
  Autocomplete,
  JsonInput,
  MultiSelect,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { Plus, RotateCcw, X } from "lucide-react";
import { createContext, type ReactNode, use, useId, useState } from "react";
import { classes } from "../lib/classes";
import type { Problems } from "../lib/kindProblems";
import {
  type Field,
  isObject,
  type Json,
  optionOf,
  type Schema,
  type Shape,
  same,
  shapeOf,
  titleOf,
  typedNumber,
  withField,
  withoutNull,
} from "../lib/kindSchema";
import css from "./KindForm.module.css";
import { ToolButton } from "./ToolButton";

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
  suggestions?: Readonly<Record<string, readonly string[]>>;
}

interface Whole {
  root: Schema;
  problems: Problems;
  insist: boolean;
  suggestions: Readonly<Record<string, readonly string[]>>;
}

const Form = createContext<Whole>({ root: {}, problems: {}, insist: false, suggestions: {} });

export function KindForm({ schema, value, onChange, problems = {}, insist = false, suggestions = {} }: KindFormProps) {
  return (
    <Form value={{ root: schema, problems, insist, suggestions }}>
      <Fields schema={schema} value={value} byDefault={undefined} path="" onChange={(next) => onChange(next ?? {})} />
    </Form>
  );
}

interface ValueProps {
  schema: Schema;
  /** Undefined where the default holds. */
  value: Json | undefined;
  byDefault: Json | undefined;
  path: string;
  onChange: (value: Json | undefined) => void;
}

/** A tag or another constant leaves nothing to choose. */
const isFixed = (shape: Shape): boolean => shape.is === "choice" && shape.of.length === 1;

function Fields({ schema, value, byDefault, path, onChange, without }: ValueProps & { without?: string }) {
  const { root } = use(Form);
  const shape = shapeOf(schema, root);
  if (shape.is !== "object")
    return <Control schema={schema} value={value} byDefault={byDefault} path={path} onChange={onChange} />;
  // What is needed comes first: below forty fields that have defaults nobody would look for it.
  const shown = shape.fields
    .filter((field) => field.name !== without && !isFixed(shapeOf(field.schema, root)))
    .sort((one, other) => Number(other.required) - Number(one.required));
  const inherited = isObject(byDefault) ? byDefault : {};
  return (
    <div className={css.fields}>
      {shown.map((field) => (
        <FieldRow
          key={field.name}
          field={{ ...field, byDefault: inherited[field.name] ?? field.byDefault }}
          path={path ? `${path}.${field.name}` : field.name}
          value={isObject(value) ? value[field.name] : undefined}
          onChange={(next) => onChange(withField(value, field.name, next))}
        />
      ))}
      {shown.length === 0 && <p className={css.says}>Nothing to choose.</p>}
    </div>
  );
}

const brief = (value: Json | undefined): string => {
  const text =
    value === undefined || value === null
      ? "none"
      : typeof value === "string"
        ? value || "empty"
        : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

interface RowProps {
  field: Field;
  path: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}

function FieldRow({ field, path, value, onChange }: RowProps) {
  const { root, insist } = use(Form);
  const id = useId();
  const { name, title, says, schema, required, byDefault } = field;
  const shape = shapeOf(schema, root);
  const nested = shape.is === "object" || shape.is === "union" || (shape.is === "list" && !isScalar(shape, root));
  const changed = value !== undefined && !same(value, byDefault);
  return (
    <div className={classes(css.field, nested && css.wide)} data-changed={changed && !required}>
      <div>
        <label className={css.name} htmlFor={id} id={`${id}-name`} title={name}>
          {title}
          {required && value === undefined && !nested && <span className={css.needed}>{insist ? "" : "needed"}</span>}
        </label>
        {says && <p className={css.says}>{says}</p>}
      </div>
      <div className={css.control}>
        <Control
          id={id}
          name={name}
          schema={schema}
          value={value}
          byDefault={byDefault}
          path={path}
          onChange={onChange}
        />
        {changed && !required && byDefault !== undefined && (
          <ToolButton
            label={`Back to the default of ${title}: ${brief(byDefault)}`}
            onClick={() => onChange(undefined)}
          >
            <RotateCcw size={12} />
          </ToolButton>
        )}
      </div>
    </div>
  );
}

interface ControlProps extends ValueProps {
  /** Of the input that the label names. */
  id?: string;
  name?: string;
}

const isScalar = (shape: Extract<Shape, { is: "list" }>, root: Schema): boolean =>
  ["text", "number", "choice"].includes(shapeOf(shape.item, root).is);

/** What to say at a field: also of a list's entries, which have no place of their own. */
function useProblem(path: string, value: Json | undefined, entries = false): string | undefined {
  const { problems, insist } = use(Form);
  if (value === undefined && !insist) return undefined;
  const own = problems[path];
  if (own || !entries) return own;
  return Object.entries(problems).find(([at]) => at.startsWith(`${path}.`))?.[1];
}

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
      return isScalar(shape, root) ? (
        <TagsControl {...props} shape={shape} />
      ) : (
        <ListControl {...props} item={shape.item} />
      );
    case "object":
      return (
        <Optional {...props} nullable={nullable} start={{}}>
          <fieldset className={css.nested} aria-labelledby={`${props.id}-name`}>
            <Fields {...props} schema={schema} />
          </fieldset>
        </Optional>
      );
    case "union":
      return (
        <Optional {...props} nullable={nullable} start={{}}>
          <UnionControl {...props} shape={shape} />
        </Optional>
      );
    case "json":
      return <JsonControl {...props} />;
  }
}

function TextControl({
  id,
  name = "",
  value,
  byDefault,
  path,
  onChange,
  nullable,
}: ControlProps & { nullable: boolean }) {
  const { suggestions } = use(Form);
  const error = useProblem(path, value);
  const now = value ?? byDefault;
  const shared = {
    id,
    error,
    value: typeof now === "string" ? now : "",
    placeholder: nullable ? "none" : undefined,
    spellCheck: false,
    onChange: (text: string) => onChange(nullable && text === "" ? null : text),
  };
  const known = suggestions[name];
  if (known && known.length > 0) return <Autocomplete {...shared} size="xs" data={[...known]} limit={50} />;
  return <TextInput {...shared} onChange={(event) => shared.onChange(event.currentTarget.value)} />;
}

function NumberControl({
  id,
  value,
  byDefault,
  path,
  onChange,
  nullable,
  whole,
}: ControlProps & { nullable: boolean; whole: boolean }) {
  const error = useProblem(path, value);
  // As it was typed, while it is being typed: 0.50 and 1e-4 stay what they are.
  const [typed, setTyped] = useState<string | null>(null);
  const now = value === undefined ? byDefault : value;
  return (
    <TextInput
      id={id}
      error={error}
      inputMode={whole ? "numeric" : "decimal"}
      classNames={{ input: "mono" }}
      placeholder={nullable ? "none" : undefined}
      value={typed ?? (now === null || now === undefined ? "" : String(now))}
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
  { value: "", label: "none" },
  { value: "true", label: "yes" },
  { value: "false", label: "no" },
];

function FlagControl({ id, value, byDefault, onChange, nullable }: ControlProps & { nullable: boolean }) {
  const now = value === undefined ? byDefault : value;
  if (nullable)
    return (
      <SegmentedControl
        id={id}
        data={FLAGS}
        value={typeof now === "boolean" ? String(now) : ""}
        onChange={(text) => onChange(text === "" ? null : text === "true")}
      />
    );
  return <Switch id={id} checked={now === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
}

function ChoiceControl({
  id,
  value,
  byDefault,
  path,
  onChange,
  of,
  nullable,
}: ControlProps & { of: readonly Json[]; nullable: boolean }) {
  const error = useProblem(path, value);
  const now = value === undefined ? byDefault : value;
  return (
    <Select
      id={id}
      error={error}
      data={of.map(String)}
      value={now === undefined || now === null ? null : String(now)}
      clearable={nullable}
      allowDeselect={nullable}
      placeholder={nullable ? "none" : "choose"}
      onChange={(text) => onChange(of.find((one) => String(one) === text) ?? (nullable ? null : undefined))}
    />
  );
}

function TagsControl({
  id,
  name = "",
  value,
  byDefault,
  path,
  onChange,
  shape,
}: ControlProps & { shape: Extract<Shape, { is: "list" }> }) {
  const { root, suggestions } = use(Form);
  const error = useProblem(path, value, true);
  const item = shapeOf(shape.item, root);
  const now = value ?? byDefault;
  const listed = Array.isArray(now) ? now.map(String) : [];
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
      data={[...(suggestions[name] ?? [])]}
      // A text may hold a comma, a number does not.
      splitChars={item.is === "number" ? [",", " "] : []}
      acceptValueOnBlur
      allowDuplicates
      placeholder={listed.length === 0 ? "type, then Enter" : undefined}
      onChange={(texts) => onChange(item.is === "number" ? texts.map(typedNumber) : texts)}
    />
  );
}

function ListControl({ id, value, byDefault, path, onChange, item }: ControlProps & { item: Schema }) {
  const now = value ?? byDefault;
  const list: readonly Json[] = Array.isArray(now) ? now : [];
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

/** An object that may be none: a switch brings it and takes it away. */
function Optional({
  value,
  byDefault,
  onChange,
  nullable,
  start,
  children,
  name = "",
}: ControlProps & { nullable: boolean; start: Json; children: ReactNode }) {
  if (!nullable) return children;
  const now = value === undefined ? (byDefault ?? null) : value;
  return (
    <div>
      <Switch
        label={now === null ? "none" : "set"}
        aria-label={`Set ${titleOf(name)}`}
        checked={now !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? start : null)}
      />
      {now !== null && children}
    </div>
  );
}

function UnionControl(props: ControlProps & { shape: Extract<Shape, { is: "union" }> }) {
  const { id, shape, value, byDefault, path, onChange } = props;
  const option = optionOf(shape, value, byDefault);
  const hasTag = (given: Json | undefined) => isObject(given) && given[shape.tag] === option?.tag;
  return (
    <fieldset className={css.nested} aria-labelledby={`${id}-name`}>
      <Select
        id={id}
        data={shape.options.map(({ tag, title }) => ({
          value: tag,
          label: title && title !== tag ? `${tag} · ${title}` : tag,
        }))}
        value={option?.tag ?? null}
        allowDeselect={false}
        // Another kind has other fields: those of the last one mean nothing to it.
        onChange={(tag) => tag !== null && tag !== option?.tag && onChange({ [shape.tag]: tag })}
      />
      {option?.says && <p className={css.says}>{option.says}</p>}
      {option && (
        <Fields
          schema={option.schema}
          value={value}
          byDefault={hasTag(byDefault) ? byDefault : undefined}
          path={path}
          without={shape.tag}
          onChange={(next) => onChange({ ...(isObject(next) ? next : {}), [shape.tag]: option.tag })}
        />
      )}
    </fieldset>
  );
}

function JsonControl({ id, value, byDefault, path, onChange }: ControlProps) {
  const error = useProblem(path, value);
  const now = value === undefined ? byDefault : value;
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
