import { fireEvent, render, screen } from "@testing-library/react";
import type { LensGrid } from "../lib/lens";
import { widthFor } from "./heatmapCanvas";
import { LensHeatmap, type LensHeatmapProps } from "./LensHeatmap";

const count = 60;
const grid: LensGrid = {
  layers: ["embed", 0, 1],
  positions: Array.from({ length: count }, (_, i) => i + 100),
  tokens: Array.from({ length: count }, (_, i) => i),
  ids: Array.from({ length: 3 * count }, (_, i) => i),
  prob: Array.from({ length: 3 * count }, (_, i) => (i === 0 ? Number.NaN : i / (3 * count))),
  entropy: new Float32Array(3 * count),
};

function show(props: Partial<LensHeatmapProps> = {}) {
  const [onSelect, onPin, onOpen] = [vi.fn(), vi.fn(), vi.fn()];
  render(
    <LensHeatmap
      grid={grid}
      title="logit lens"
      metric="prob"
      vocabSize={500}
      label={(id) => `·t${id}`}
      onSelect={onSelect}
      onPin={onPin}
      onOpen={onOpen}
      {...props}
    />,
  );
  return { onSelect, onPin, onOpen };
}
const map = () => screen.getByRole("application");
const press = (key: string, shiftKey = false) => fireEvent.keyDown(map(), { key, shiftKey });

test("arrow keys move the cell, the last layer on top", () => {
  const { onSelect } = show({ position: 110, layer: 1 });
  press("ArrowDown");
  press("ArrowRight");
  press("ArrowRight", true);
  press("ArrowUp");
  press("End");
  expect(onSelect.mock.calls.map(([cell]) => cell)).toEqual([
    { layer: 0, position: 110 },
    { layer: 1, position: 111 },
    { layer: 1, position: 120 },
    { layer: 1, position: 110 },
    { layer: 1, position: 159 },
  ]);
});

test("flipped, the embedding is on top", () => {
  const { onSelect } = show({ position: 110, layer: "embed", flip: true });
  press("ArrowDown");
  expect(onSelect).toHaveBeenCalledWith({ layer: 0, position: 110 }, "key");
});

test("Enter opens and p pins the selected cell", () => {
  const { onOpen, onPin } = show({ position: 103, layer: 0 });
  press("Enter");
  press("p");
  expect(onOpen).toHaveBeenCalledWith({ layer: 0, position: 103 });
  expect(onPin).toHaveBeenCalledWith(103);
});

test("the selected cell is told in words with the digits that it carries", () => {
  show({ position: 100, layer: 1 });
  expect(screen.getByText(/L1 · position 100 ·t0 → ·t120 · probability of the likeliest 0\.667/)).toBeVisible();
});

test("a missing cell says that it has no value", () => {
  show({ position: 100, layer: "embed" });
  expect(screen.getByText("embed · position 100 ·t0 · no value")).toBeVisible();
});

test("t shows the cells as a table, page by page", () => {
  const { onSelect } = show();
  press("t");
  expect(document.querySelectorAll("tr")).toHaveLength(41);
  fireEvent.click(screen.getByLabelText("Later tokens"));
  expect(screen.getByText("tokens 41 to 60 of 60")).toBeVisible();
  fireEvent.click(screen.getByText("·t160"));
  expect(onSelect).toHaveBeenCalledWith({ layer: 1, position: 140 }, "click");
  fireEvent.keyDown(screen.getByLabelText("logit lens, table"), { key: "t" });
  expect(map()).toBeVisible();
});

test("the legend states the fixed domain of the metric", () => {
  show({ metric: "entropy" });
  expect(screen.getByText("6.21")).toBeVisible();
  expect(screen.getByText("entropy (nats)")).toBeVisible();
});

test("a metric that the reading does not have is said, not drawn", () => {
  show({ metric: "kl" });
  expect(screen.getByText("This reading has no kl. Choose another metric.")).toBeVisible();
});

test("an empty span says what to do", () => {
  show({ grid: { ...grid, positions: [], tokens: [], ids: [], prob: [], entropy: [] } });
  expect(screen.getByText(/No positions or no layers in view/)).toBeVisible();
});

test("a difference is signed and in words", () => {
  show({ against: { ...grid, prob: grid.prob }, position: 101, layer: 1 });
  expect(screen.getByText(/Δ probability of the likeliest 0\.000/)).toBeVisible();
});

test("columns fill the panel while labels have room in them, and scroll where they have not", () => {
  expect([6, 13, 20, 21, 2000].map((columns) => widthFor(900, columns))).toEqual([84, 69, 45, 60, 60]);
});
