/**
 * A lens grid as a file: CSV, TSV for spreadsheets, JSON. Probabilities are 0 to 1, entropies and divergences nats. Ranks
 * are the API's, 0 the top; the views count from 1. Where patches were in force, `patches` is the hash of their set.
 */
import type { GridHead } from "../api/types";
import { at, type LayerName, type LensGrid, type Numbers } from "./lens";

/** A text or a number; a missing number is null. */
export type Field = string | number | null;

export interface Sheet {
  columns: readonly string[];
  rows: readonly (readonly Field[])[];
}

const number = (values: Numbers, index: number): number | null => {
  const value = at(values, index);
  return Number.isFinite(value) ? value : null;
};

const less = (value: number | null, by: number) => (value === null ? null : value - by);

/** The set of patches that a grid's reading at a position was computed with, by its hash; undefined where the grid had none. */
function patchesOf(head: string | undefined): ((position: number) => string | null) | undefined {
  if (head === undefined) return undefined;
  const { query, patches }: GridHead = JSON.parse(head);
  if (patches.length === 0) return undefined;
  // A reading for a token was made one position before it.
  return (position) => patches.findLast(({ start }) => start <= position - (query.read === "for" ? 1 : 0))?.set ?? null;
}

const OPTIONAL = ["targetProb", "rank", "kl", "logit"] as const;
const COLUMN_NAMES = { targetProb: "target_prob", rank: "rank", kl: "kl_to_last", logit: "logit" } as const;

interface Reader {
  names: readonly string[];
  /** One field for each name; nulls where the grid has no such cell. */
  read: (layer: LayerName, position: number) => Field[];
}

function readerOf(grid: LensGrid, text: (id: number) => string): Reader {
  const present = OPTIONAL.flatMap((name) => {
    const values = grid[name];
    return values ? [{ name, values }] : [];
  });
  const patches = patchesOf(grid.head);
  const names = ["token_id", "token", "top1_id", "top1_token", "top1_prob", "entropy"].concat(
    present.map(({ name }) => COLUMN_NAMES[name]),
    patches ? ["patches"] : [],
  );
  const rows = new Map(grid.layers.map((layer, row) => [layer, row]));
  const columns = new Map(grid.positions.map((position, column) => [position, column]));
  const read = (layer: LayerName, position: number): Field[] => {
    const [row, column] = [rows.get(layer), columns.get(position)];
    if (row === undefined || column === undefined) return names.map(() => null);
    const cell = row * grid.positions.length + column;
    const [token, top] = [at(grid.tokens, column), at(grid.ids, cell)];
    const missing = number(grid.prob, cell) === null;
    return [
      token,
      text(token),
      missing ? null : top,
      missing ? null : text(top),
      number(grid.prob, cell),
      number(grid.entropy, cell),
      ...present.map(({ name, values }) => less(number(values, cell), name === "rank" ? 1 : 0)),
      ...(patches ? [patches(position)] : []),
    ];
  };
  return { names, read };
}

/**
 * One row per cell, in the order of positions, then layers.
 *
 * Args:
 *   text: a token's own text by id (spaces as spaces), not its display form.
 *   against: what it is compared with: the same columns again at the same layer and position, `vs_` before their names.
 */
export function gridSheet(
  grid: LensGrid,
  text: (id: number) => string,
  against?: { grid: LensGrid; text: (id: number) => string },
): Sheet {
  const own = readerOf(grid, text);
  const other = against && readerOf(against.grid, against.text);
  return {
    columns: ["position", "layer", ...own.names, ...(other?.names ?? []).map((name) => `vs_${name}`)],
    rows: grid.positions.flatMap((position) =>
      grid.layers.map((layer): Field[] => [
        position,
        layer,
        ...own.read(layer, position),
        ...(other?.read(layer, position) ?? []),
      ]),
    ),
  };
}

/** Spreadsheets run a text that begins like a formula: such texts get an apostrophe in front. Numbers are left alone. */
const inert = (field: Field): string => {
  if (typeof field !== "string") return field === null ? "" : String(field);
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180: comma, CRLF, quotes doubled, a header line. */
export const toCsv = ({ columns, rows }: Sheet): string =>
  [columns, ...rows].map((row) => `${row.map((field) => quoted(inert(field))).join(",")}\r\n`).join("");

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");

/** Tab-separated lines for the clipboard; tabs and line ends inside a text are written `\t`, `\n`, `\r`. */
export const toTsv = ({ columns, rows }: Sheet): string =>
  [columns, ...rows].map((row) => `${row.map((field) => escaped(inert(field))).join("\t")}\n`).join("");

/** A JSON list of objects, one per row; missing numbers are null. */
export const toJson = ({ columns, rows }: Sheet): string =>
  `${JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))),
    null,
    1,
  )}\n`;
