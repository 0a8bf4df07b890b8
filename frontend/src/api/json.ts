/** What came over the wire as JSON and whose shape only its schema knows: the generated types call it unknown. */
import { isObject, type Json, type JsonObject } from "../lib/kindSchema";

export const asJson = (value: unknown): Json => value as Json;

export function asJsonObject(value: unknown): JsonObject {
  const json = asJson(value);
  return isObject(json) ? json : {};
}
