/** How series are told apart inside a `.figure` of `Chart.module.css`: colour, dash and mark of each by its place. */
import { symbol, symbols } from "d3-shape";

const variableOf = (index: number): string => `--series-${index % 8}`;

/** For styles of HTML and SVG: follows the theme by itself. */
export const colorOf = (index: number): string => `var(${variableOf(index)})`;

/** For canvases: the colour as it is now at `element`, empty where no style sheet says. */
export const colorAt = (element: Element, index: number): string =>
  getComputedStyle(element).getPropertyValue(variableOf(index)).trim();

/** In CSS pixels: a second sign beside the colour. */
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [], [2, 2], [8, 3, 2, 3], [], [4, 2], []];
export const dashOf = (index: number): number[] => [...(DASHES[index % 8] ?? [])];

/** Path of a mark around 0,0. */
export const markOf = (index: number): string => symbol(symbols[index % symbols.length], 32)() ?? "";
