import { render, screen, within } from "@testing-library/react";
import { LayerRanks } from "./LayerRanks";

const NONE = { controls: [], other_controls: [] };
const says = (top: number, ...ranks: number[]) => ({ top, prob: 0.5, probs: ranks.map(() => 0.1), ranks });
const rows = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => [
      within(row).getByRole("rowheader").textContent,
      ...within(row)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    ]);

test("every layer tells the likeliest token and the places of two, before and after", () => {
  const layers = [
    { layer: "embed" as const, base: says(1, 8), patched: says(1, 8), other: null, ...NONE },
    { layer: 0, base: says(1, 11), patched: says(2, 0), other: null, ...NONE },
  ];
  render(<LayerRanks layers={layers} followed={[2]} label={(id) => `<${id}>`} />);
  expect(rows()).toEqual([
    ["L0", "<1> → <2>", "▲ 12 → 1"],
    ["embed", "<1>", "9"],
  ]);
  expect(screen.getByRole("columnheader", { name: "place of <2>" })).toBeInTheDocument();
});

test("with another set there are three of each", () => {
  const layers = [
    {
      layer: 0,
      base: says(1, 0, 4),
      patched: says(2, 3, 0),
      other: says(1, 0, 9),
      controls: [says(1, 1, 4), says(1, 3, 4)],
      other_controls: [says(1, 0, 2)],
    },
  ];
  render(<LayerRanks layers={layers} followed={[1, 2]} label={(id) => `<${id}>`} />);
  expect(rows()).toEqual([["L0", "<1> → <2> → <1>", "▼ 1 → 4 → 1A 2–4 · B 1", "▲ 5 → 1 → 10A 5 · B 3"]]);
  expect(screen.getByRole("table", { name: "Every layer, base → A → B" })).toBeInTheDocument();
});

test("where random pushes take a token stands below its places", () => {
  const controls = [says(1, 7), says(1, 9)];
  const layers = [{ layer: 0, base: says(1, 8), patched: says(1, 0), other: null, controls, other_controls: [] }];
  render(<LayerRanks layers={layers} followed={[2]} label={(id) => `<${id}>`} />);
  expect(rows()).toEqual([["L0", "<1>", "▲ 9 → 18–10"]]);
  expect(screen.getByText(/2 random pushes as hard/)).toBeInTheDocument();
});
