/** A picture that a family draws of a table, as marks in data units. Knows no pixels. */
import { scaleBand, scaleLinear, scaleLog } from "d3-scale";
import type { Json } from "./kindSchema";
import { extentOf } from "./series";

export type MarkKind = "line" | "scatter" | "bar" | "histogram" | "heatmap";

export interface PictureSpec {
  kind: MarkKind;
  title: string;
  x: string;
  y: string;
  z?: string | null;
  /** Values at the ends of a heat map's colours; of its cells the least and the greatest where there is none. */
  z_low?: number | null;
  z_high?: number | null;
  x_title?: string;
  y_title?: string;
  log_x?: boolean;
  log_y?: boolean;
}

export interface Mark {
  /** A number, or a category's name. */
  x: number | string;
  y: number | string;
  /** Which series, from 0. */
  series: number;
  /** Colour of a heat map's cell; NaN is missing. */
  z: number;
}

export interface Picture {
  marks: readonly Mark[];
  /** Names of the series; one empty name where there is no z. */
  series: readonly string[];
  /** Names in order of appearance where an axis has no numbers. */
  xNames: readonly string[] | undefined;
  yNames: readonly string[] | undefined;
  /** Rows that have no place: a missing value, or none above 0 on a log axis. */
  left: number;
}

export interface Sheet {
  columns: readonly string[];
  rows: readonly (readonly Json[])[];
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const isNumeric = (values: readonly Json[]): boolean => {
  const known = values.filter((value) => value !== null);
  return known.length > 0 && known.every((value) => typeof value === "number");
};

/** Undefined where the table lacks a column that the picture needs, by its name. */
export function pictureOf(spec: PictureSpec, sheet: Sheet): Picture | { missing: string } {
  const needed = [spec.x, spec.y, ...(spec.z ? [spec.z] : [])];
  const missing = needed.find((name) => !sheet.columns.includes(name));
  if (missing !== undefined) return { missing };
  const column = (name: string) => sheet.rows.map((row) => row[sheet.columns.indexOf(name)] ?? null);
  const [xs, ys] = [column(spec.x), column(spec.y)];
  const zs = spec.z ? column(spec.z) : undefined;
  const cells = spec.kind === "heatmap";
  // Bars and cells stand beside each other, whatever they are called.
  const named = { x: spec.kind === "bar" || cells || !isNumeric(xs), y: cells || !isNumeric(ys) };
  const series = zs && !cells ? unique(zs.map(String)) : [""];
  const marks = sheet.rows.flatMap((_, i): Mark[] => {
    const [x, y, z] = [xs[i] ?? null, ys[i] ?? null, zs?.[i] ?? null];
    if (x === null || y === null) return [];
    const point = { x: named.x ? String(x) : Number(x), y: named.y ? String(y) : Number(y) };
    if ((spec.log_x && !(Number(point.x) > 0)) || (spec.log_y && !(Number(point.y) > 0))) return [];
    return [
      { ...point, series: zs && !cells ? series.indexOf(String(z)) : 0, z: typeof z === "number" ? z : Number.NaN },
    ];
  });
  if (spec.kind === "line" && !named.x) marks.sort((a, b) => Number(a.x) - Number(b.x));
  const namesOf = (axis: "x" | "y") =>
    named[axis] ? ordered(unique(marks.map((mark) => String(mark[axis])))) : undefined;
  const xNames = namesOf("x");
  return { marks, series, xNames, yNames: inOrderOf(xNames, namesOf("y")), left: sheet.rows.length - marks.length };
}

/** Values at the two ends of a heat map's colours; undefined where no cell has one. */
export function colorEnds(spec: PictureSpec, { marks }: Pick<Picture, "marks">): readonly [number, number] | undefined {
  const ends = extentOf([marks.map(({ z }) => z)], false);
  return ends && [spec.z_low ?? ends[0], spec.z_high ?? ends[1]];
}

/** Names of one axis as those of the other stand, where they are the same ones. */
const inOrderOf = (others: string[] | undefined, names: string[] | undefined): string[] | undefined =>
  others && names && others.length === names.length && names.every((name) => others.includes(name)) ? others : names;

/** Its cells tell of pairs: the same names are on both axes. */
export const isMatrix = ({ xNames, yNames }: Pick<Picture, "xNames" | "yNames">): boolean =>
  xNames !== undefined && xNames === yNames;

/** Numbers by their size, names as they came. */
const ordered = (names: string[]): string[] =>
  names.every((name) => name.trim() !== "" && Number.isFinite(Number(name)))
    ? names.sort((a, b) => Number(a) - Number(b))
    : names;

export interface Axis {
  at: (value: number | string) => number;
  ticks: readonly (number | string)[];
  /** Room of one category; 0 on an axis of numbers. */
  band: number;
}

/**
 * Args:
 *   names: categories; numbers where undefined.
 *   from, to: pixels of the axis' two ends.
 *   zero: the domain holds 0, as a bar's must.
 */
export function axisOf(
  values: readonly (number | string)[],
  names: readonly string[] | undefined,
  { from, to, log, zero, most }: { from: number; to: number; log: boolean; zero: boolean; most: number },
): Axis {
  if (names) {
    const scale = scaleBand([...names], [from, to])
      .paddingInner(0.1)
      .paddingOuter(0.05);
    const every = Math.max(1, Math.ceil(names.length / most));
    return {
      at: (value) => (scale(String(value)) ?? from) + scale.bandwidth() / 2,
      ticks: names.filter((_, i) => i % every === 0),
      band: scale.bandwidth(),
    };
  }
  const [low, high] = extentOf([values.map(Number)], log) ?? [log ? 1 : 0, log ? 10 : 1];
  const ends = log ? [low / 1.1, high * 1.1] : [zero ? Math.min(0, low) : low, zero ? Math.max(0, high) : high];
  const [a, b] = ends[0] === ends[1] ? [(ends[0] ?? 0) - 0.5, (ends[1] ?? 0) + 0.5] : [ends[0] ?? 0, ends[1] ?? 1];
  const scale = log ? scaleLog([a, b], [from, to]) : scaleLinear([a, b], [from, to]).nice(Math.min(6, most));
  return { at: (value) => scale(Number(value)), ticks: scale.ticks(Math.min(6, most)), band: 0 };
}

/** Width of a histogram's bars: the least gap between two x, in data units. */
export function binWidth(xs: readonly number[]): number {
  const sorted = unique([...xs]).sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((x, i) => x - (sorted[i] ?? 0));
  return gaps.length > 0 ? Math.min(...gaps) : 1;
}
