/**
 * Drawing a heatmap on canvases the size of the viewport.
 *
 * One texel per cell is written once into an off-screen canvas (columns × rows); a frame scales the visible window of it without
 * smoothing and draws labels and axes over it, so that 80 layers × 2000 tokens scroll at the speed of one drawImage.
 * Knows nothing of React, the URL or the server.
 */
import type { ThemeColors } from "../lib/color";
import { cutToWidth } from "../lib/exportImage";
import { niceStep } from "../lib/format";
import type { HeatmapModel } from "../lib/heatmap";
import { at, layerLabel, rowsOf } from "../lib/lens";

/** Cells narrower than this have no labels, in CSS pixels. */
export const LABEL_MIN = 36;
/** Columns narrower than this are headed by positions at intervals and not by tokens. */
const TOKEN_MIN = 11;
/** Width of the layer axis. */
export const AXIS_LEFT = 48;
/** Cells at least this wide and high have a hairline between them. */
const GAP_MIN = 6;
const MONO = '"JetBrains Mono Variable", ui-monospace, monospace';

export interface Layout {
  columns: number;
  rows: number;
  cellWidth: number;
  cellHeight: number;
  /** Height of the token axis. */
  axisTop: number;
  /** Size of the whole picture. */
  width: number;
  height: number;
}

/** The part of the picture in view, in CSS pixels. */
export interface Viewport {
  width: number;
  height: number;
  left: number;
  top: number;
  /** Device pixels per CSS pixel. */
  ratio: number;
}

export interface Place {
  row: number;
  column: number;
}

/** All columns side by side where a label has room in them, else the usual width and a scroll bar. */
export function widthFor(room: number, columns: number): number {
  const shared = Math.floor(room / Math.max(1, columns));
  return shared < 44 ? 60 : Math.min(shared, 84);
}

export function layoutOf(model: HeatmapModel, cellWidth: number, cellHeight: number): Layout {
  const [columns, rows] = [model.grid.positions.length, model.grid.layers.length];
  const axisTop = cellWidth >= LABEL_MIN || cellWidth < TOKEN_MIN ? 26 : 72;
  return {
    columns,
    rows,
    cellWidth,
    cellHeight,
    axisTop,
    width: AXIS_LEFT + columns * cellWidth,
    height: axisTop + rows * cellHeight,
  };
}

/** One opaque texel per cell, transparent where the value is missing; null where the browser draws no canvas. */
export function textureOf(model: HeatmapModel, flip: boolean): HTMLCanvasElement | null {
  const [columns, rows] = [model.grid.positions.length, model.grid.layers.length];
  if (columns === 0 || rows === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const { entries } = model;
  const { packed } = model.table;
  rowsOf(model.grid.layers, flip).forEach((layer, row) => {
    for (let column = 0; column < columns; column++)
      pixels[row * columns + column] = packed[entries[layer * columns + column] ?? -1] ?? 0;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The cell under a point of the viewport, null on the axes and outside. */
export function placeAt(layout: Layout, view: Viewport, x: number, y: number): Place | null {
  if (x < AXIS_LEFT || y < layout.axisTop) return null;
  const column = Math.floor((x - AXIS_LEFT + view.left) / layout.cellWidth);
  const row = Math.floor((y - layout.axisTop + view.top) / layout.cellHeight);
  return column < layout.columns && row < layout.rows ? { row, column } : null;
}

/** First and last cell in view along one axis. */
function windowOf(scroll: number, size: number, cell: number, count: number): [number, number] {
  return [Math.max(0, Math.floor(scroll / cell)), Math.min(count - 1, Math.ceil((scroll + size) / cell))];
}

function hatch(context: CanvasRenderingContext2D, colors: ThemeColors): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const pen = tile.getContext("2d");
  if (!pen) return colors.raised;
  pen.fillStyle = colors.surface;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = colors.dimmed;
  pen.globalAlpha = 0.45;
  pen.beginPath();
  for (const x of [-6, 0, 6]) {
    pen.moveTo(x, 6);
    pen.lineTo(x + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? colors.raised;
}

/** Sizes a canvas for the viewport and clears it; null where the browser draws no canvas. */
function prepare(canvas: HTMLCanvasElement, view: Viewport): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  // No ligatures: token text is shown as it is.
  context.textRendering = "optimizeSpeed";
  return context;
}

export interface Drawing {
  model: HeatmapModel;
  layout: Layout;
  flip: boolean;
  colors: ThemeColors;
  label: (id: number) => string;
}

function drawCells(
  context: CanvasRenderingContext2D,
  drawing: Drawing,
  view: Viewport,
  texture: HTMLCanvasElement,
): void {
  const { model, layout, flip, colors, label } = drawing;
  const { cellWidth, cellHeight, axisTop, columns, rows } = layout;
  const [c0, c1] = windowOf(view.left, view.width - AXIS_LEFT, cellWidth, columns);
  const [r0, r1] = windowOf(view.top, view.height - axisTop, cellHeight, rows);
  const x = (column: number) => AXIS_LEFT + column * cellWidth - view.left;
  const y = (row: number) => axisTop + row * cellHeight - view.top;
  const [across, down] = [c1 - c0 + 1, r1 - r0 + 1];
  if (across < 1 || down < 1) return;
  if (model.missing) {
    context.fillStyle = hatch(context, colors);
    context.fillRect(x(c0), y(r0), across * cellWidth, down * cellHeight);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(texture, c0, r0, across, down, x(c0), y(r0), across * cellWidth, down * cellHeight);
  context.fillStyle = colors.background;
  if (cellWidth >= GAP_MIN)
    for (let column = c0; column <= c1; column++) context.fillRect(x(column + 1) - 1, y(r0), 1, down * cellHeight);
  if (cellHeight >= GAP_MIN)
    for (let row = r0; row <= r1; row++) context.fillRect(x(c0), y(row + 1) - 1, across * cellWidth, 1);
  if (cellWidth < LABEL_MIN || cellHeight < 12) return;
  const layers = rowsOf(model.grid.layers, flip);
  context.font = `11.5px ${MONO}`;
  context.textBaseline = "middle";
  for (let row = r0; row <= r1; row++) {
    for (let column = c0; column <= c1; column++) {
      const cell = (layers[row] ?? 0) * columns + column;
      const entry = at(model.entries, cell);
      if (entry < 0) continue;
      context.fillStyle = model.table.ink[entry] ?? colors.text;
      const text = cutToWidth(label(at(model.grid.ids, cell)), cellWidth - 8, 11.5);
      context.fillText(text, x(column) + 4, y(row) + cellHeight / 2 + 0.5, cellWidth - 6);
      const limit = model.difference?.limit ?? Number.POSITIVE_INFINITY;
      if (Math.abs(at(model.values, cell)) > limit) corner(context, x(column + 1) - 1, y(row));
    }
  }
}

/** The mark of a value beyond the scale. */
function corner(context: CanvasRenderingContext2D, right: number, top: number): void {
  context.beginPath();
  context.moveTo(right, top);
  context.lineTo(right - 6, top);
  context.lineTo(right, top + 6);
  context.fill();
}

function drawAxes(context: CanvasRenderingContext2D, drawing: Drawing, view: Viewport): void {
  const { model, layout, flip, colors, label } = drawing;
  const { cellWidth, cellHeight, axisTop, columns, rows } = layout;
  context.fillStyle = colors.background;
  context.fillRect(0, 0, view.width, axisTop);
  context.fillRect(0, 0, AXIS_LEFT, view.height);
  context.fillStyle = colors.dimmed;
  context.font = `11.5px ${MONO}`;
  context.textBaseline = "middle";
  const layers = rowsOf(model.grid.layers, flip);
  const [r0, r1] = windowOf(view.top, view.height - axisTop, cellHeight, rows);
  const everyRow = Math.max(1, Math.ceil(13 / cellHeight));
  context.save();
  context.beginPath();
  context.rect(0, axisTop, AXIS_LEFT, view.height - axisTop);
  context.clip();
  for (let row = r0; row <= r1; row++) {
    if (row % everyRow !== 0) continue;
    const name = layerLabel(model.grid.layers[layers[row] ?? 0] ?? "embed");
    context.fillText(name, 4, axisTop + (row + 0.5) * cellHeight - view.top + 0.5, AXIS_LEFT - 8);
  }
  context.restore();
  context.save();
  context.beginPath();
  context.rect(AXIS_LEFT, 0, view.width - AXIS_LEFT, axisTop);
  context.clip();
  const [c0, c1] = windowOf(view.left, view.width - AXIS_LEFT, cellWidth, columns);
  const every = cellWidth >= TOKEN_MIN ? 1 : niceStep(44 / cellWidth);
  for (let column = c0 - (c0 % every); column <= c1; column += every) {
    const x = AXIS_LEFT + column * cellWidth - view.left;
    const token = label(at(model.grid.tokens, column));
    if (every > 1 || cellWidth < TOKEN_MIN) {
      context.fillRect(x, axisTop - 5, 1, 5);
      context.fillText(String(model.grid.positions[column] ?? ""), x + 3, axisTop / 2);
    } else if (cellWidth >= LABEL_MIN) {
      context.fillText(cutToWidth(token, cellWidth - 6, 11.5), x + 4, axisTop / 2, cellWidth - 4);
    } else {
      context.save();
      context.translate(x + cellWidth / 2, axisTop - 4);
      context.rotate(-Math.PI / 2);
      context.fillText(cutToWidth(token, axisTop - 8, 11.5), 0, 0);
      context.restore();
    }
  }
  context.restore();
}

export function drawHeatmap(
  canvas: HTMLCanvasElement,
  drawing: Drawing,
  view: Viewport,
  texture: HTMLCanvasElement,
): void {
  const context = prepare(canvas, view);
  if (!context) return;
  drawCells(context, drawing, view, texture);
  drawAxes(context, drawing, view);
}

export interface Marks {
  hover: Place | null;
  selected: { row: number | null; column: number | null };
  /** A place that another view points at. */
  cursor: Place | null;
  /** Pinned columns. */
  pins: readonly number[];
}

const noMarks = ({ hover, selected, cursor, pins }: Marks): boolean =>
  !hover && selected.column === null && !cursor && pins.length === 0;

/** Hover, selection, cursor and pins, over the cells. */
export function drawMarks(canvas: HTMLCanvasElement, { layout, colors }: Drawing, view: Viewport, marks: Marks): void {
  // An empty canvas of the viewport's size would cost every frame milliseconds.
  canvas.hidden = noMarks(marks);
  if (canvas.hidden) return;
  const context = prepare(canvas, view);
  if (!context) return;
  const { cellWidth, cellHeight, axisTop } = layout;
  const x = (column: number) => AXIS_LEFT + column * cellWidth - view.left;
  const y = (row: number) => axisTop + row * cellHeight - view.top;
  const outline = (column: number, row: number, color: string, width: number, tall = 1) => {
    context.strokeStyle = color;
    context.lineWidth = width;
    const inset = width / 2 - 0.5;
    context.strokeRect(
      x(column) - 0.5 + inset,
      y(row) - 0.5 + inset,
      Math.max(2, cellWidth - 2 * inset),
      Math.max(2, cellHeight * tall - 2 * inset),
    );
  };
  context.save();
  context.beginPath();
  context.rect(AXIS_LEFT - 1, 0, view.width, view.height);
  context.clip();
  context.fillStyle = colors.pin;
  for (const column of marks.pins) context.fillRect(x(column), axisTop - 3, Math.max(2, cellWidth - 1), 3);
  context.beginPath();
  context.rect(AXIS_LEFT - 1, axisTop - 1, view.width, view.height);
  context.clip();
  const { row, column } = marks.selected;
  if (column !== null) {
    context.globalAlpha = row === null ? 1 : 0.55;
    outline(column, 0, colors.selection, row === null ? 2 : 1, layout.rows);
    context.globalAlpha = 1;
    if (row !== null) outline(column, row, colors.selection, 2);
  }
  if (marks.cursor) {
    context.setLineDash([3, 2]);
    outline(marks.cursor.column, marks.cursor.row, colors.text, 1);
    context.setLineDash([]);
  }
  if (marks.hover) outline(marks.hover.column, marks.hover.row, colors.text, 1);
  context.restore();
}
