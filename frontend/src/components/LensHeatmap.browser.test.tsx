import { act, cleanup, render } from "@testing-library/react";
import { parseColor, TABLES } from "../lib/color";
import type { LensGrid } from "../lib/lens";
import { AXIS_LEFT } from "./heatmapCanvas";
import { LensHeatmap } from "./LensHeatmap";

const [columns, layers] = [2000, 80];
const prob = Float32Array.from({ length: columns * layers }, (_, cell) =>
  cell === 0 ? Number.NaN : (cell % 256) / 255,
);
const grid: LensGrid = {
  layers: Array.from({ length: layers }, (_, layer) => layer),
  positions: Array.from({ length: columns }, (_, column) => column),
  tokens: new Uint16Array(columns),
  ids: new Uint16Array(columns * layers),
  prob,
  entropy: new Float32Array(columns * layers),
};

const frame = () =>
  act(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });

async function show(flip: boolean) {
  cleanup();
  const { container } = render(
    <div style={{ width: 900, height: 500, display: "flex", flexDirection: "column" }}>
      <LensHeatmap
        grid={grid}
        title="pixels"
        metric="prob"
        vocabSize={300}
        label={() => "t"}
        flip={flip}
        onSelect={() => undefined}
      />
    </div>,
  );
  await frame();
  const canvas = container.querySelector("canvas");
  const scroller = container.querySelector<HTMLElement>("[data-body]");
  if (!canvas || !scroller) throw new Error("no canvas was drawn");
  const pixel = (row: number, column: number) => {
    const ratio = window.devicePixelRatio;
    // Near the lower right corner, where no label reaches.
    const x = AXIS_LEFT + (column + 1) * 60 - 5 - scroller.scrollLeft;
    const y = 26 + (row + 1) * 26 - 4 - scroller.scrollTop;
    return [...(canvas.getContext("2d")?.getImageData(x * ratio, y * ratio, 1, 1).data ?? [])].slice(0, 3);
  };
  return { pixel, scroller };
}

const colorOf = (layer: number, column: number) =>
  parseColor(TABLES.viridis.css[(layer * columns + column) % 256] ?? "");

test("every pixel is the colour table's entry, the last layer on top", async () => {
  const { pixel } = await show(false);
  for (const [row, column] of [
    [0, 0],
    [0, 7],
    [3, 2],
    [10, 12],
  ] as const)
    expect(pixel(row, column)).toEqual(colorOf(layers - 1 - row, column));
});

test("the picture scrolls to the exact cell", async () => {
  const { pixel, scroller } = await show(false);
  scroller.scrollLeft = 1500 * 60;
  scroller.scrollTop = 40 * 26;
  await frame();
  await frame();
  expect(pixel(45, 1505)).toEqual(colorOf(layers - 1 - 45, 1505));
});

test("missing is no colour of the table", async () => {
  const { pixel } = await show(true);
  const colors = TABLES.viridis.css.map((css) => String(parseColor(css)));
  expect(colors).not.toContain(String(pixel(0, 0)));
  expect(pixel(1, 0)).toEqual(colorOf(1, 0));
});

test("80 layers × 2000 tokens are painted within a second", async () => {
  const start = performance.now();
  await show(false);
  expect(performance.now() - start).toBeLessThan(1000);
});
