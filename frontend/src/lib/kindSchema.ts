/**
 * JSON schemas as pydantic writes them, read as forms: which control a field wants, what its default is, what is wrong with a
 * value. Knows no page.
 *
 * A value is sparse: an object holds the fields that somebody set; what it lacks has the schema's default. A number that is
 * being typed stands in it as text until it can be read, so nothing that was typed is lost.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };
/** As much of a schema as pydantic uses; `$defs` stand at its root. */
export type Schema = JsonObject;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const objectAt = (schema: Schema, name: string): JsonObject => {
  const value = schema[name];
  return isObject(value) ? value : {};
};
const numberAt = (schema: Schema, name: string): number | undefined => {
  const value = schema[name];
  return typeof value === "number" ? value : undefined;
};
const textAt = (schema: Schema, name: string): string => {
  const value = schema[name];
  return typeof value === "string" ? value : "";
};
const schemasAt = (schema: Schema, name: string): Schema[] => {
  const value = schema[name];
  return isList(value) ? value.filter(isObject) : [];
};

/** What a field is, and so which control it gets. */
export type Shape =
  | { is: "text"; least: number; most: number; pattern: string }
  | { is: "number"; whole: boolean; least?: number; most?: number; above?: number; below?: number }
  | { is: "flag" }
  | { is: "choice"; of: readonly Json[] }
  | { is: "list"; item: Schema; least: number; most: number }
  | { is: "object"; fields: readonly Field[] }
  | { is: "union"; tag: string; options: readonly Option[] }
  /** What has no control of its own is written as JSON. */
  | { is: "json" };

export interface Field {
  name: string;
  /** Name in words: `d_sae` stays, `learning_rate` becomes `Learning rate`. */
  title: string;
  /** The docstring below the field. */
  says: string;
  schema: Schema;
  required: boolean;
  /** Undefined where there is none. */
  byDefault: Json | undefined;
}

/** One kind of a tagged union. */
export interface Option {
  tag: string;
  title: string;
  says: string;
  schema: Schema;
}

/** The schema that a `$ref` leads to, with what stands beside the reference laid over it. */
export function resolved(schema: Schema, root: Schema): Schema {
  const reference = textAt(schema, "$ref");
  if (!reference) return schema;
  const target = objectAt(objectAt(root, "$defs"), reference.replace("#/$defs/", ""));
  const { $ref: _, ...beside } = schema;
  return { ...resolved(target, root), ...beside };
}

const isNull = (schema: Schema): boolean => schema.type === "null";

/** Whether null is allowed, and the schema of what else there may be. */
export function withoutNull(schema: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  const whole = resolved(schema, root);
  const anyOf = schemasAt(whole, "anyOf");
  if (!anyOf.some(isNull)) return { schema: whole, nullable: false };
  const rest = anyOf.filter((one) => !isNull(one));
  const { anyOf: _, ...beside } = whole;
  const only = rest[0];
  return {
    schema: rest.length === 1 && only ? { ...resolved(only, root), ...beside } : { ...beside, anyOf: rest },
    nullable: true,
  };
}

const constantOf = (schema: Schema): Json | undefined => schema.const ?? schemasEnum(schema)?.[0];
function schemasEnum(schema: Schema): readonly Json[] | undefined {
  return isList(schema.enum) && schema.enum.length === 1 ? schema.enum : undefined;
}

/** Names of the field are kept where they are the field's own words (`d_sae`, `L10`), else written as words. */
export const titleOf = (name: string): string => {
  if (/^[a-z]_|\d/.test(name)) return name;
  const words = name.replaceAll("_", " ").replace(/^sae(?=s?\b)/, "SAE");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** What pydantic writes where nobody gave a title. */
const drawnTitle = (name: string): string =>
  name.replaceAll("_", " ").replaceAll(/(?<![a-zA-Z])[a-z]/g, (letter) => letter.toUpperCase());

/** The title that the kind gives its field, else its name in words. */
const titleIn = (property: Schema, name: string): string => {
  const given = textAt(property, "title");
  return given === "" || given === drawnTitle(name) ? titleOf(name) : given;
};

function fieldsOf(schema: Schema): Field[] {
  const required = new Set(isList(schema.required) ? schema.required : []);
  return Object.entries(objectAt(schema, "properties")).flatMap(([name, property]) =>
    isObject(property)
      ? [
          {
            name,
            title: titleIn(property, name),
            says: textAt(property, "description"),
            schema: property,
            required: required.has(name),
            byDefault: property.default,
          },
        ]
      : [],
  );
}

/** Fields of a schema's root that a form fills in with what its reader has chosen elsewhere: of `model`, the model. */
export const chosenFields = (schema: Schema, what: "model"): string[] =>
  Object.entries(objectAt(schema, "properties")).flatMap(([name, property]) =>
    isObject(property) && property.chosen === what ? [name] : [],
  );

/** Lists of a schema's root of which one at least must hold something: `allOf: [{anyOf: [{required: [name]}, …]}]`. */
export const choicesOfFields = (schema: Schema): string[][] =>
  schemasAt(schema, "allOf").map((rule) =>
    schemasAt(rule, "anyOf").flatMap(({ required }) =>
      isList(required) ? required.filter((name) => typeof name === "string") : [],
    ),
  );

/** Fields of which one, or `name` itself, must still be filled; none where `name` is free or one of them has something. */
export function stillOpen(schema: Schema, value: Json | undefined, name: string): string[] {
  const names = choicesOfFields(schema).find((one) => one.includes(name)) ?? [];
  const filled = (one: string) => isObject(value) && isList(value[one]) && value[one].length > 0;
  return names.some(filled) ? [] : names.filter((one) => one !== name);
}

/** The field whose constant tells the options of a union apart: the discriminator, else a constant that all of them have. */
function tagOf(options: readonly Schema[], declared: string): string | undefined {
  if (declared) return declared;
  const [first, ...others] = options;
  if (!first) return undefined;
  const tagged = (schema: Schema, name: string) => {
    const property = objectAt(schema, "properties")[name];
    return isObject(property) && constantOf(property) !== undefined;
  };
  return Object.keys(objectAt(first, "properties")).find(
    (name) => tagged(first, name) && others.every((other) => tagged(other, name)),
  );
}

function unionOf(schema: Schema, root: Schema): Shape {
  const options = [...schemasAt(schema, "oneOf"), ...schemasAt(schema, "anyOf")].map((one) => resolved(one, root));
  const tag = tagOf(options, textAt(objectAt(schema, "discriminator"), "propertyName"));
  if (tag === undefined) return { is: "json" };
  return {
    is: "union",
    tag,
    options: options.map((option) => {
      const property = objectAt(option, "properties")[tag];
      const name = isObject(property) ? constantOf(property) : undefined;
      return {
        tag: String(name ?? ""),
        title: textAt(option, "title"),
        says: textAt(option, "description"),
        schema: option,
      };
    }),
  };
}

function listOf(schema: Schema): Shape {
  const fixed = schemasAt(schema, "prefixItems");
  const item = isObject(schema.items) ? schema.items : fixed[0];
  if (item === undefined) return { is: "json" };
  return {
    is: "list",
    item,
    least: numberAt(schema, "minItems") ?? 0,
    most: numberAt(schema, "maxItems") ?? Number.POSITIVE_INFINITY,
  };
}

/** What a schema asks for, null aside. */
export function shapeOf(given: Schema, root: Schema): Shape {
  const { schema } = withoutNull(given, root);
  if (schema.const !== undefined) return { is: "choice", of: [schema.const] };
  if (isList(schema.enum)) return { is: "choice", of: schema.enum };
  if (schema.oneOf !== undefined || schema.anyOf !== undefined) return unionOf(schema, root);
  switch (schema.type) {
    case "string":
      return {
        is: "text",
        least: numberAt(schema, "minLength") ?? 0,
        most: numberAt(schema, "maxLength") ?? Number.POSITIVE_INFINITY,
        pattern: textAt(schema, "pattern"),
      };
    case "integer":
    case "number":
      return {
        is: "number",
        whole: schema.type === "integer",
        least: numberAt(schema, "minimum"),
        most: numberAt(schema, "maximum"),
        above: numberAt(schema, "exclusiveMinimum"),
        below: numberAt(schema, "exclusiveMaximum"),
      };
    case "boolean":
      return { is: "flag" };
    case "array":
      return listOf(schema);
    case "object":
      return isObject(schema.properties) ? { is: "object", fields: fieldsOf(schema) } : { is: "json" };
    default:
      return { is: "json" };
  }
}

/** The schema of the option that a value's tag names; the default's, else the first, where it names none. */
export function optionOf(
  shape: Extract<Shape, { is: "union" }>,
  value: Json | undefined,
  byDefault?: Json,
): Option | undefined {
  const tagIn = (given: Json | undefined) => (isObject(given) ? given[shape.tag] : undefined);
  const wanted = tagIn(value) ?? tagIn(byDefault);
  return shape.options.find(({ tag }) => tag === wanted) ?? shape.options[0];
}

export const same = (one: Json | undefined, other: Json | undefined): boolean => canonical(one) === canonical(other);

function canonical(value: Json | undefined): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "undefined";
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** `{…value, [name]: next}`; without the name where `next` is undefined. */
export function withField(value: Json | undefined, name: string, next: Json | undefined): JsonObject {
  const { [name]: _, ...others } = isObject(value) ? value : {};
  return next === undefined ? others : { ...others, [name]: next };
}

/** A number as people type it: `3e-4`, `1_000`, `0.5`; the text itself where it is none. */
export function typedNumber(text: string): number | string {
  const digits = text
    .trim()
    .replaceAll(/(?<=\d)[_ ](?=\d)/g, "")
    .replace("−", "-");
  const value = Number(digits);
  return digits === "" || !Number.isFinite(value) ? text : value;
}

/** What is sent: fields that differ from their defaults, required ones, and the tags of unions. */
export function changedOnly(schema: Schema, value: Json | undefined, root: Schema = schema): Json | undefined {
  const shape = shapeOf(schema, root);
  if (shape.is === "union") {
    const option = optionOf(shape, value);
    const inner = option && changedOnly(option.schema, value, root);
    return option ? { [shape.tag]: option.tag, ...(isObject(inner) ? inner : {}) } : value;
  }
  if (shape.is === "list" && isList(value)) return value.map((one) => changedOnly(shape.item, one, root) ?? null);
  if (shape.is !== "object" || !isObject(value)) return value;
  const kept = shape.fields.flatMap(({ name, schema: field, byDefault, required }) => {
    const constant = constantOf(resolved(field, root));
    const own = value[name] ?? constant;
    if (own === undefined && !(name in value)) return [];
    const sent = value[name] === null ? null : changedOnly(field, own, root);
    const isTag = constant !== undefined;
    return isTag || required || !same(whole(field, sent, root), whole(field, byDefault, root))
      ? [[name, sent] as const]
      : [];
  });
  return Object.fromEntries(kept.filter((pair): pair is [string, Json] => pair[1] !== undefined));
}

/** A value with every default that its schema knows: what two values are compared by. */
export function whole(schema: Schema, value: Json | undefined, root: Schema): Json | undefined {
  if (value === null || value === undefined) return value;
  const shape = shapeOf(schema, root);
  if (shape.is === "union") {
    const option = optionOf(shape, value);
    return option && isObject(value) ? whole(option.schema, { ...value, [shape.tag]: option.tag }, root) : value;
  }
  if (shape.is === "list" && isList(value)) return value.map((one) => whole(shape.item, one, root) ?? null);
  if (shape.is !== "object" || !isObject(value)) return value;
  const filled = shape.fields.flatMap(({ name, schema: field, byDefault }) => {
    const own = name in value ? value[name] : (byDefault ?? constantOf(resolved(field, root)));
    const all = whole(field, own, root);
    return all === undefined ? [] : [[name, all] as const];
  });
  return { ...value, ...Object.fromEntries(filled) };
}
