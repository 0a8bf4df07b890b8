import { fireEvent, render, screen } from "@testing-library/react";
import { LensCurves, type LensCurvesProps } from "./LensCurves";

const curves = [
  { key: "3.1", label: "·Paris", values: [0, 0.25, 1] },
  { key: "3.2", label: "<b>·Lyon", values: [0.5, Number.NaN, 0.125] },
];
const show = (props: Partial<LensCurvesProps> = {}) =>
  render(
    <LensCurves layers={["embed", 0, 1]} metric="prob" curves={curves} vocabSize={500} title="logit lens" {...props} />,
  );
const chart = () => screen.getByRole("application");

test("a chart states its title, axes, unit and n, and its lines by name", () => {
  show({ metric: "entropy" });
  expect(screen.getByText("logit lens")).toBeVisible();
  expect(screen.getByText("n = 2 lines × 3 layers")).toBeVisible();
  expect(screen.getByText("entropy (nats)")).toBeVisible();
  expect(screen.getByText("layer")).toBeVisible();
  expect(screen.getByText("<b>·Lyon")).toBeVisible();
});

test("probability 1 is at the top, 0 on the axis, and a missing value is a gap", () => {
  const { container } = show();
  const [first, second] = [...container.querySelectorAll("path.line, path[class*=line]")].map((path) =>
    path.getAttribute("d"),
  );
  expect(first).toMatch(/^M66,204L[\d.]+,155\.5L458,10$/);
  expect(second?.match(/M/g)).toHaveLength(2);
});

test("rank 1 is at the top", () => {
  const { container } = show({ metric: "rank", curves: [{ key: "a", label: "a", values: [500, 10, 1] }] });
  expect(container.querySelector("path[class*=line]")?.getAttribute("d")).toMatch(/^M66,204L.*L458,10$/);
});

test("a KL beyond ln V is drawn where it is, and the scale says that it was widened", () => {
  const { container } = show({ metric: "kl", curves: [{ key: "a", label: "a", values: [24, 12, 0] }] });
  expect(container.querySelector("path[class*=line]")?.getAttribute("d")).toBe("M66,10L262,107L458,204");
  expect(screen.getByText("n = 1 line × 3 layers, scale widened to the largest value")).toBeVisible();
});

test("arrow keys read the values, Enter chooses the layer", () => {
  const onLayer = vi.fn();
  show({ onLayer });
  fireEvent.keyDown(chart(), { key: "ArrowRight" });
  fireEvent.keyDown(chart(), { key: "ArrowRight" });
  expect(screen.getByText("0.25")).toBeVisible();
  expect(screen.getByText("no value")).toBeVisible();
  fireEvent.keyDown(chart(), { key: "Enter" });
  expect(onLayer).toHaveBeenCalledWith(0);
});

test("the same numbers as a table", () => {
  show();
  fireEvent.click(screen.getByRole("button", { name: "Table view" }));
  expect(screen.getAllByRole("row")).toHaveLength(4);
  expect(screen.getByRole("cell", { name: "0.125" })).toBeVisible();
});

test("an export is an SVG with the lines in it", () => {
  const onExport = vi.fn();
  show({ onExport });
  fireEvent.click(screen.getByRole("button", { name: "Save as SVG" }));
  expect(onExport.mock.lastCall?.[0]).toMatch(/^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<path/);
});

test("without a pinned token the chart says how to get a line", () => {
  show({ curves: [] });
  expect(screen.getByText(/Nothing is pinned/)).toBeVisible();
});
