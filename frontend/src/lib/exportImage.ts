/** Pictures that leave the browser: a heatmap or a chart as one SVG text, and any SVG text as PNG. */
import type { ThemeColors } from "./color";
import { formatTick, niceStep, scaleName } from "./format";
import type { HeatmapModel } from "./heatmap";
import { at, layerLabel, rowsOf } from "./lens";

const xml = (text: string): string =>
  text.replace(/[<>&"]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[c] ?? c);

export interface PictureOptions {
  /** Heading; says what model, lens and text this is. */
  title: string;
  /** What is subtracted from what, for the legend. Defaults to none. */
  difference?: string;
  /** Display form of a token. */
  label: (id: number) => string;
  /** Layers in the order of the computation from the top. Defaults to false. */
  flip?: boolean;
  /** CSS pixels. Defaults to 60, and to what keeps a long text within 8,000 pixels, at least 4. */
  cellWidth?: number;
  /** CSS pixels. Defaults to 24. */
  cellHeight?: number;
}

const MONO = "'JetBrains Mono Variable', 'JetBrains Mono', ui-monospace, monospace";
/** Cells narrower than this have no text, and columns are headed by positions. */
const LABEL_MIN = 36;
const WIDTH_MAX = 8000;
const [LEFT, RIGHT] = [56, 12];
/** Room above the cells and below them for a heading and a legend of one line each. */
const [TOP, BOTTOM] = [56, 52];
/** A narrower picture would break its heading into many lines. */
const WIDTH_MIN = 400;
const [HEADING, HEADING_LINE, LEGEND, LEGEND_LINE] = [13, 18, 11, 16];

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\p{Extended_Pictographic}]/u;

/** Text cut to `width` pixels of a monospace font of `size` pixels: 0.6 em per character, twice that where it is wide. */
export function cutToWidth(text: string, width: number, size: number): string {
  let room = Math.floor(width / (0.6 * size));
  // Most labels: a heatmap cuts hundreds in a frame.
  if (text.length <= room && !WIDE.test(text)) return text;
  const characters = [...text].map((character) => ({ character, cells: WIDE.test(character) ? 2 : 1 }));
  if (characters.reduce((sum, { cells }) => sum + cells, 0) <= room) return text;
  let fitted = "";
  for (const { character, cells } of characters) {
    room -= cells;
    if (room < 1) break;
    fitted += character;
  }
  return fitted && `${fitted}…`;
}

/** Text broken at its spaces into lines of at most `width` pixels, counted as `cutToWidth` does; nothing is left out. */
export function linesOf(text: string, width: number, size: number): string[] {
  const room = Math.max(2, Math.floor(width / (0.6 * size)));
  const lines: string[] = [];
  let rest = [...text];
  for (;;) {
    let cells = 0;
    const beyond = rest.findIndex((character) => {
      cells += WIDE.test(character) ? 2 : 1;
      return cells > room;
    });
    if (beyond < 0) return [...lines, rest.join("")];
    const space = rest.lastIndexOf(" ", beyond);
    lines.push(rest.slice(0, space > 0 ? space : beyond).join(""));
    rest = rest.slice(space > 0 ? space + 1 : beyond);
  }
}

/** What the colours mean, and the ends of their scale. */
function legendOf({ title, unit, domain }: HeatmapModel, difference: string | undefined): string {
  const notes = [
    domain.log && "log scale",
    domain.fitted && "fitted",
    domain.widened && "widened",
    domain.chosen && "chosen",
  ];
  return [
    scaleName(title, unit, difference),
    `${formatTick(domain.from)} to ${formatTick(domain.to)}`,
    ...notes.filter(Boolean),
  ].join(", ");
}

/** The whole grid as SVG: cells, tokens, axes, legend. Missing cells are hatched. */
export function heatmapSvg(
  model: HeatmapModel,
  colors: ThemeColors,
  { title, difference, label, flip = false, cellWidth: wanted, cellHeight = 24 }: PictureOptions,
): string {
  const { grid, entries, table } = model;
  const columns = grid.positions.length;
  const cellWidth = wanted ?? Math.max(4, Math.min(60, Math.floor(WIDTH_MAX / Math.max(1, columns))));
  const labelled = cellWidth >= LABEL_MIN;
  const gap = cellWidth >= 6 ? 1 : 0;
  const every = labelled ? 1 : niceStep(44 / cellWidth);
  const rows = rowsOf(grid.layers, flip);
  const width = Math.max(WIDTH_MIN, LEFT + columns * cellWidth + RIGHT);
  const heading = linesOf(title, width - 16, HEADING);
  const legend = linesOf(legendOf(model, difference), width - 144, LEGEND);
  const top = TOP + (heading.length - 1) * HEADING_LINE;
  const height = top + rows.length * cellHeight + BOTTOM + (legend.length - 1) * LEGEND_LINE;
  const text = (x: number, y: number, value: string, fill: string, more = "") =>
    `<text x="${x}" y="${y}" fill="${fill}"${more}>${xml(value)}</text>`;
  const parts = [
    `<rect width="${width}" height="${height}" fill="${colors.background}"/>`,
    ...heading.map((line, i) =>
      text(
        8,
        20 + i * HEADING_LINE,
        line,
        colors.text,
        ` font-size="${HEADING}" font-weight="600" font-family="Inter, sans-serif"`,
      ),
    ),
    ...grid.positions.flatMap((position, j) =>
      j % every === 0
        ? [
            text(
              LEFT + j * cellWidth + (labelled ? 4 : 0),
              top - 8,
              labelled ? cutToWidth(label(at(grid.tokens, j)), cellWidth - 6, 11) : String(position),
              colors.dimmed,
            ),
          ]
        : [],
    ),
  ];
  rows.forEach((layer, row) => {
    const y = top + row * cellHeight;
    parts.push(text(8, y + cellHeight / 2 + 4, layerLabel(grid.layers[layer] ?? "embed"), colors.dimmed));
    for (let j = 0; j < columns; j++) {
      const cell = layer * columns + j;
      const entry = at(entries, cell);
      const x = LEFT + j * cellWidth;
      const fill = entry < 0 ? "url(#missing)" : (table.css[entry] ?? colors.raised);
      parts.push(`<rect x="${x}" y="${y}" width="${cellWidth - gap}" height="${cellHeight - gap}" fill="${fill}"/>`);
      if (entry >= 0 && labelled)
        parts.push(
          text(
            x + 4,
            y + cellHeight / 2 + 4,
            cutToWidth(label(at(grid.ids, cell)), cellWidth - 8, 11),
            table.ink[entry] ?? "",
          ),
        );
    }
  });
  const y = top + rows.length * cellHeight + 20;
  const stops = table.css
    .filter((_, i) => i % 17 === 0)
    .map((css, i) => `<stop offset="${(i / 15).toFixed(4)}" stop-color="${css}"/>`);
  parts.push(
    `<rect x="8" y="${y}" width="120" height="8" fill="url(#scale)"/>`,
    ...legend.map((line, i) => text(136, y + 8 + i * LEGEND_LINE, line, colors.dimmed)),
  );
  const defs =
    `<defs><linearGradient id="scale">${stops.join("")}</linearGradient>` +
    `<pattern id="missing" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
    `<rect width="6" height="6" fill="${colors.surface}"/><rect width="1.5" height="6" fill="${colors.border}"/></pattern></defs>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${MONO}" font-size="${LEGEND}"><title>${xml(title)}</title>${defs}${parts.join("")}</svg>\n`
  );
}

const INLINED = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
  "opacity",
];

/** A drawn chart as a file of its own: what style sheets gave to its elements is written into them. */
export function chartSvg(chart: SVGSVGElement): string {
  const copy = chart.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new Error("expected an <svg> element to export");
  const originals = [chart, ...chart.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const original = originals[index];
    if (!original) return;
    const style = getComputedStyle(original);
    for (const property of INLINED) {
      const value = style.getPropertyValue(property);
      if (value) element.setAttribute(property, value);
    }
    element.removeAttribute("class");
    element.removeAttribute("style");
  });
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

/**
 * An SVG text as PNG.
 *
 * Args:
 *   scale: device pixels per CSS pixel. Defaults to 2.
 */
export async function svgToPng(svg: string, scale = 2): Promise<Blob> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser draws no canvas: save the picture as SVG instead");
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob(
        (blob) =>
          blob
            ? resolve(blob)
            : reject(new Error(`a picture of ${canvas.width} × ${canvas.height} pixels is too large: save it as SVG`)),
        "image/png",
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
