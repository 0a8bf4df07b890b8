/** What the form of a new run begins with. */
import { asJsonObject } from "../../api/json";
import type { Run } from "../../api/types";
import { chosenFields, isObject, type Json, type JsonObject, type Schema, typedNumber } from "../../lib/kindSchema";

export interface Given {
  /** Fields that an address names, as texts. */
  fields?: Readonly<Record<string, string | undefined>>;
  /** Name of the model that the reader has chosen; undefined while there is none. */
  model?: string;
}

/** The spec of the run that is done again; else what is known of a new one. The form's kind is its family's own. */
export function begun(schema: Schema, given: Given, from?: Pick<Run, "spec">): JsonObject {
  if (!from) return { ...ofModel(schema, given.model), ...known(schema, given.fields ?? {}) };
  const { kind: _, ...fields } = asJsonObject(from.spec);
  return fields;
}

/** The server's own model would run where nothing is written, whatever the page shows. */
const ofModel = (schema: Schema, model: string | undefined): JsonObject =>
  Object.fromEntries(model ? chosenFields(schema, "model").map((name) => [name, model]) : []);

/** What an address fills in, of the fields that the family has. */
function known(schema: Schema, given: NonNullable<Given["fields"]>): JsonObject {
  const fields = isObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) => {
      const field = fields[name];
      if (text === undefined || !isObject(field)) return [];
      return [[name, field.type === "array" ? [entryOf(field, text)] : text]];
    }),
  );
}

const entryOf = ({ items }: Schema, text: string): Json =>
  isObject(items) && items.type === "number" ? typedNumber(text) : text;
