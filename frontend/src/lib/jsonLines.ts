/** A JSON value as the lines of a tree that can be opened and searched. Knows no page. */
import { formatPrecise } from "./format";
import { isObject, type Json } from "./kindSchema";

export interface JsonLine {
  /** Where it is, as in Python and JavaScript alike: `spec.layers[3]`; empty for the whole. */
  path: string;
  /** From 0. */
  depth: number;
  /** Name or index below its parent; empty for the whole. */
  name: string;
  value: Json;
  /** Entries below it; undefined for a plain value. */
  size: number | undefined;
  open: boolean;
  /** That many further entries of its parent are not listed. */
  more?: number;
}

/** Entries listed below one value until more are asked for. */
export const CHILDREN_MAX = 100;

const entriesOf = (value: Json): (readonly [string | number, Json])[] | undefined => {
  if (Array.isArray(value)) return value.map((one: Json, index) => [index, one] as const);
  return isObject(value) ? Object.entries(value) : undefined;
};

/** `a.b`, `a[3]`, `a["odd name"]`. */
export function childPath(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  if (!/^[A-Za-z_][\w]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path ? `${path}.${name}` : name;
}

/** Whether the name, or the value where it is plain, holds what was typed. */
const holds = (name: string | number, value: Json, wanted: string): boolean =>
  String(name).toLowerCase().includes(wanted) ||
  (entriesOf(value) === undefined && String(value).toLowerCase().includes(wanted));

/** Paths of all that matches, and of all above it. */
export function matchesOf(value: Json, query: string): { hits: ReadonlySet<string>; above: ReadonlySet<string> } {
  const [hits, above, wanted] = [new Set<string>(), new Set<string>(), query.trim().toLowerCase()];
  const walk = (at: Json, path: string): boolean => {
    let found = false;
    for (const [name, child] of entriesOf(at) ?? []) {
      const below = childPath(path, name);
      const hit = holds(name, child, wanted);
      if (hit) hits.add(below);
      if (walk(child, below) || hit) found = true;
    }
    if (found) above.add(path);
    return found;
  };
  if (wanted) walk(value, "");
  return { hits, above };
}

/**
 * Args:
 *   isOpen: whether the entries of the value at this path are listed.
 *   shown: only these paths are listed; all where undefined.
 *   most: entries listed below the value at this path.
 */
export function linesOf(
  value: Json,
  isOpen: (path: string, depth: number) => boolean,
  shown?: (path: string) => boolean,
  most: (path: string) => number = () => CHILDREN_MAX,
): JsonLine[] {
  const lines: JsonLine[] = [];
  const walk = (at: Json, path: string, name: string, depth: number) => {
    const entries = entriesOf(at);
    const open = entries !== undefined && isOpen(path, depth);
    lines.push({ path, depth, name, value: at, size: entries?.length, open });
    if (!open) return;
    const wanted = entries
      .map(([key, child]) => ({ key, child, path: childPath(path, key) }))
      .filter((entry) => shown?.(entry.path) ?? true);
    const limit = most(path);
    for (const { key, child, path: below } of wanted.slice(0, limit)) walk(child, below, String(key), depth + 1);
    if (wanted.length > limit)
      lines.push({
        path,
        depth: depth + 1,
        name: "",
        value: null,
        size: undefined,
        open: false,
        more: wanted.length - limit,
      });
  };
  walk(value, "", "", 0);
  return lines;
}

/** A value in a word: `{3}`, `[120]`, `"text"`, `0.5`; a number without the digits that a 32-bit float adds to it. */
export function preview({ value, size }: Pick<JsonLine, "value" | "size">): string {
  if (typeof value === "number")
    return Number.isInteger(value) || Math.abs(value) >= 1e6 ? String(value) : formatPrecise(value);
  if (size === undefined) return typeof value === "string" ? JSON.stringify(value) : String(value);
  return Array.isArray(value) ? `[${size}]` : `{${size}}`;
}
