import { fireEvent, render, screen, within } from "@testing-library/react";
import type { PositionLens } from "../lib/lens";
import { LensTable, type LensTableProps } from "./LensTable";

const lens: PositionLens = {
  layers: ["embed", 0, 1],
  k: 3,
  topIds: [1, 2, 3, 2, 1, 3, 4, 2, 1],
  topProbs: [0.5, 0.25, 0.125, 0.6, 0.2, 0.1, 0.9, 0.05, 0.0123456],
  entropy: [2, 1.5, 0.25],
  prob: [0.0001, 0.002, 0.9],
};
const label = (id: number) => `·t${id}`;
const show = (props: Partial<LensTableProps> = {}) =>
  render(<LensTable lens={lens} label={label} caption="logit lens for token 3" actual={4} {...props} />);

/** One row per layer; opened rows have a second one. */
const layerRows = () => screen.getAllByRole("rowheader").map((header) => header.textContent);

test("layers go from last to first, and back when flipped", () => {
  const { rerender } = show();
  expect(layerRows()).toEqual(["L1", "L0", "embed"]);
  rerender(<LensTable lens={lens} label={label} caption="" actual={4} flip />);
  expect(layerRows()).toEqual(["embed", "L0", "L1"]);
});

test("the actual token is marked where it is predicted, its rank elsewhere", () => {
  show();
  const ticks = screen.getAllByLabelText("actual token");
  expect(ticks).toHaveLength(1);
  expect(ticks[0]?.closest("button")).toHaveTextContent("·t4");
  const ranks = screen.getAllByRole("row").map((row) => within(row).queryAllByRole("cell").at(2)?.textContent);
  expect(ranks.slice(1)).toEqual(["10.90", ">3.0020", ">3.0001"]);
});

test("an exact rank replaces what the kept predictions tell", () => {
  show({ lens: { ...lens, rank: [4000, 17, 1] } });
  expect(screen.getByText("17")).toBeVisible();
});

test("a click on a token pins it, and pinned tokens are marked in every row", () => {
  const onPin = vi.fn();
  show({ onPin, pins: [2] });
  const tokens = screen.getAllByRole("button", { pressed: true });
  expect(tokens).toHaveLength(3);
  if (tokens[0]) fireEvent.click(tokens[0]);
  expect(onPin).toHaveBeenCalledWith(2);
});

test("tooltips have full precision", () => {
  show();
  expect(screen.getByTitle(/p 0\.0123456 · log p −4\.39/)).toBeInTheDocument();
});

test("an opened layer lists every kept prediction", () => {
  show({ k: 1 });
  fireEvent.click(screen.getByRole("button", { name: "Open L0" }));
  expect(screen.getAllByRole("listitem")).toHaveLength(3);
  fireEvent.click(screen.getByRole("button", { name: "Close L0" }));
  expect(screen.queryAllByRole("listitem")).toHaveLength(0);
  fireEvent.click(screen.getByRole("button", { name: "Open all layers" }));
  expect(screen.getAllByRole("listitem")).toHaveLength(9);
});

test("arrow keys walk tokens and layers", () => {
  const onLayer = vi.fn();
  show({ onLayer });
  const top = screen.getByRole("button", { name: "L1" });
  top.focus();
  const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });
  press("ArrowRight");
  expect(document.activeElement).toHaveTextContent("·t4");
  press("ArrowDown");
  expect(document.activeElement).toHaveTextContent("·t2");
  press("ArrowLeft");
  fireEvent.click(document.activeElement ?? document.body);
  expect(onLayer).toHaveBeenCalledWith(0);
});

test("after the last token there is no actual token and no rank", () => {
  show({ actual: null });
  expect(screen.queryByText("Rank")).toBeNull();
});

test("a layer that is not finite says so, and claims no token and no rank", () => {
  const gone = Array.from(lens.topProbs, (prob, place) => (place < 3 ? prob : Number.NaN));
  show({
    lens: { ...lens, topProbs: gone, entropy: [2, Number.NaN, Number.NaN], prob: [0.0001, Number.NaN, Number.NaN] },
  });
  expect(screen.getAllByText("not finite")).toHaveLength(2);
  const [, last] = screen.getAllByRole("row");
  expect(within(last ?? document.body).queryByRole("button", { name: /t4/ })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Open L1" }));
  expect(screen.queryAllByRole("listitem")).toHaveLength(0);
  expect(screen.getByRole("table")).not.toHaveTextContent("NaN");
  const ranks = screen.getAllByRole("row").map((row) => within(row).queryAllByRole("cell").at(2)?.textContent);
  expect(ranks.filter((rank) => rank?.startsWith(">"))).toEqual([">3.0001"]);
});
