/** What is wrong with a form's values, by the path of the field: `steps` or `sae.k`. Expected, got. */
import { formatTick } from "./format";
import {
  choicesOfFields,
  isObject,
  type Json,
  optionOf,
  type Schema,
  type Shape,
  shapeOf,
  withoutNull,
} from "./kindSchema";

export type Problems = Readonly<Record<string, string>>;

const below = (path: string, name: string | number): string => (path ? `${path}.${name}` : String(name));
const quoted = (value: Json): string => (typeof value === "string" ? `“${value}”` : JSON.stringify(value));

function ofNumber(shape: Extract<Shape, { is: "number" }>, value: Json): string | undefined {
  if (typeof value !== "number")
    return `Expected ${shape.whole ? "a whole number" : "a number"}, got ${quoted(value)}.`;
  if (shape.whole && !Number.isInteger(value)) return `Expected a whole number, got ${value}.`;
  const bounds: [boolean, string][] = [
    [shape.least !== undefined && value < shape.least, `at least ${formatTick(shape.least ?? 0)}`],
    [shape.most !== undefined && value > shape.most, `at most ${formatTick(shape.most ?? 0)}`],
    [shape.above !== undefined && value <= shape.above, `more than ${formatTick(shape.above ?? 0)}`],
    [shape.below !== undefined && value >= shape.below, `less than ${formatTick(shape.below ?? 0)}`],
  ];
  const broken = bounds.find(([holds]) => holds);
  return broken && `Expected ${broken[1]}, got ${value}.`;
}

function ofText(shape: Extract<Shape, { is: "text" }>, value: Json): string | undefined {
  if (typeof value !== "string") return `Expected a text, got ${quoted(value)}.`;
  const length = [...value].length;
  if (length < shape.least)
    return length === 0 ? "Needed." : `Expected at least ${shape.least} characters, got ${length}.`;
  if (length > shape.most) return `Expected at most ${shape.most} characters, got ${length}.`;
  // Python's patterns are nearly JavaScript's; one that is not is left to the server.
  const pattern = shape.pattern && readable(shape.pattern);
  return pattern && !pattern.test(value) ? `Expected the form ${shape.pattern}, got ${quoted(value)}.` : undefined;
}

function readable(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function ofList(shape: Extract<Shape, { is: "list" }>, value: Json, root: Schema, path: string): [string, string][] {
  if (!Array.isArray(value)) return [[path, `Expected a list, got ${quoted(value)}.`]];
  const length: [string, string][] =
    value.length < shape.least
      ? [[path, shape.least === 1 ? "Needed: at least one." : `Expected at least ${shape.least}, got ${value.length}.`]]
      : value.length > shape.most
        ? [[path, `Expected at most ${shape.most}, got ${value.length}.`]]
        : [];
  return [...length, ...value.flatMap((one: Json, index) => listed(shape.item, one, root, below(path, index)))];
}

function ofObject(
  shape: Extract<Shape, { is: "object" }>,
  value: Json,
  root: Schema,
  path: string,
): [string, string][] {
  if (!isObject(value)) return [[path, `Expected an object, got ${quoted(value)}.`]];
  return shape.fields.flatMap(({ name, schema, required, byDefault }): [string, string][] => {
    const at = below(path, name);
    if (!(name in value)) return required && byDefault === undefined ? missing(schema, root, at) : [];
    return listed(schema, value[name] ?? null, root, at);
  });
}

/** Fields of which one at least is needed, where none has anything in it: told at the first. */
function oneNeeded(schema: Schema, value: Json): [string, string][] {
  const filled = (name: string) => isObject(value) && Array.isArray(value[name]) && value[name].length > 0;
  return choicesOfFields(schema).flatMap((names): [string, string][] =>
    names[0] === undefined || names.some(filled) ? [] : [[names[0], `Needed: ${names.join(" or ")}.`]],
  );
}

/** A required object without fields that are missing is there already. */
function missing(schema: Schema, root: Schema, path: string): [string, string][] {
  const shape = shapeOf(schema, root);
  if (shape.is === "object" || shape.is === "union") return listed(schema, {}, root, path);
  if (shape.is === "choice" && shape.of.length === 1) return [];
  return [[path, "Needed."]];
}

function listed(schema: Schema, value: Json, root: Schema, path: string): [string, string][] {
  if (value === null && withoutNull(schema, root).nullable) return [];
  const shape = shapeOf(schema, root);
  const one = (says: string | undefined): [string, string][] => (says ? [[path, says]] : []);
  switch (shape.is) {
    case "number":
      return one(ofNumber(shape, value));
    case "text":
      return one(ofText(shape, value));
    case "flag":
      return one(typeof value === "boolean" ? undefined : `Expected yes or no, got ${quoted(value)}.`);
    case "choice":
      return one(
        shape.of.includes(value) ? undefined : `Expected one of ${shape.of.join(", ")}, got ${quoted(value)}.`,
      );
    case "list":
      return ofList(shape, value, root, path);
    case "object":
      return ofObject(shape, value, root, path);
    case "union": {
      const option = optionOf(shape, value);
      return option ? listed(option.schema, value, root, path) : [];
    }
    case "json":
      return [];
  }
}

/** Every field that the server would refuse, as far as its schema tells. */
export const problemsOf = (schema: Schema, value: Json): Problems =>
  Object.fromEntries([...oneNeeded(schema, value), ...listed(schema, value, schema, "")]);
