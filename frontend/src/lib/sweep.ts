/** Fields of a form that a sweep gives several values, and what is sent of them. Knows no page. */
import {
  type Field,
  isObject,
  type Json,
  type JsonObject,
  optionOf,
  type Schema,
  shapeOf,
  titleOf,
} from "./kindSchema";

export interface Axis {
  /** Such as `seed` or `architecture.k`; empty until it is chosen. */
  field: string;
  /** As somebody types them: `1, 2, 3`. */
  values: string;
}

export interface AxisField {
  path: string;
  /** `Architecture: k`. */
  title: string;
}

/** Fields of one value each, those of the kinds that are chosen among them: what an axis can vary. */
export const axisFields = (
  schema: Schema,
  value: Json,
  root: Schema = schema,
  within: AxisField[] = [],
): AxisField[] => {
  const shape = shapeOf(schema, root);
  const fields = shape.is === "object" ? shape.fields : [];
  return fields.flatMap((field) => ofField(field, isObject(value) ? value[field.name] : undefined, root, within));
};

function ofField(field: Field, value: Json | undefined, root: Schema, within: readonly AxisField[]): AxisField[] {
  const { name, schema, byDefault } = field;
  const here = [...within, { path: name, title: within.length === 0 ? titleOf(name) : name }];
  const shape = shapeOf(schema, root);
  switch (shape.is) {
    case "object":
      return axisFields(schema, value ?? byDefault ?? null, root, here);
    case "union": {
      const option = optionOf(shape, value, byDefault);
      return option ? axisFields(option.schema, value ?? null, root, here) : [];
    }
    case "choice":
      return shape.of.length > 1 ? [joined(here)] : [];
    case "text":
    case "number":
    case "flag":
      return [joined(here)];
    default:
      return [];
  }
}

const joined = (parts: readonly AxisField[]): AxisField => ({
  path: parts.map(({ path }) => path).join("."),
  title: parts.map(({ title }) => title).join(": "),
});

/** Its field is chosen and it has a value. */
export const isWhole = ({ field, values }: Axis): boolean => field !== "" && values.trim() !== "";

/** As the server reads it. */
export const axisText = ({ field, values }: Axis): string => `${field}=${values.trim()}`;

/** The spec with the kinds of unions in which an axis varies a field: without it nobody could tell whose field that is. */
export function sweptSpec(schema: Schema, spec: JsonObject, axes: readonly Axis[]): JsonObject {
  const shape = shapeOf(schema, schema);
  const varied = new Set(axes.map(({ field }) => field.split(".")[0]));
  const tagged = (shape.is === "object" ? shape.fields : []).flatMap(({ name, schema: field, byDefault }) => {
    const own = shapeOf(field, schema);
    if (own.is !== "union" || !varied.has(name)) return [];
    const value = spec[name];
    return [[name, { [own.tag]: optionOf(own, value, byDefault)?.tag ?? "", ...(isObject(value) ? value : {}) }]];
  });
  return { ...spec, ...Object.fromEntries(tagged) };
}
