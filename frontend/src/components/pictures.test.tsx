import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { Histogram } from "./Histogram";
import { ProgressBar } from "./ProgressBar";
import { SeriesChart } from "./SeriesChart";
import { SpecChart } from "./SpecChart";

const show = (node: ReactNode) => render(<MantineProvider env="test">{node}</MantineProvider>);

test("a histogram's ends move by keys, and all of it is no range", () => {
  const onRange = vi.fn();
  const { rerender } = show(
    <Histogram
      title="Density"
      unit="features"
      edges={[0, 1, 2, 3]}
      counts={[5, 1, 2]}
      range={null}
      onRange={onRange}
    />,
  );
  fireEvent.keyDown(screen.getByRole("slider", { name: "Density, least" }), { key: "ArrowRight" });
  expect(onRange).toHaveBeenLastCalledWith([1, Infinity]);
  rerender(
    <MantineProvider env="test">
      <Histogram
        title="Density"
        unit="features"
        edges={[0, 1, 2, 3]}
        counts={[5, 1, 2]}
        range={[1, 3]}
        onRange={onRange}
      />
    </MantineProvider>,
  );
  expect(screen.getByText(/3 features/)).toBeVisible();
  fireEvent.keyDown(screen.getByRole("slider", { name: "Density, least" }), { key: "Home" });
  expect(onRange).toHaveBeenLastCalledWith(null);
});

test("a histogram is cut where its range is, and says the very numbers of it", () => {
  const onRange = vi.fn();
  const { container } = show(
    <Histogram
      title="Density"
      unit="features"
      edges={[0, 1, 2, 3]}
      counts={[5, 1, 2]}
      whole={[8, 4, 2]}
      range={[0.25, 1.6]}
      total={4}
      onRange={onRange}
    />,
  );
  expect(screen.getByText(/4 features/, { selector: "figcaption" })).toBeVisible();
  for (const end of ["0.25", "1.6", "0", "3"]) expect(screen.getByText(end)).toBeVisible();
  const least = screen.getByRole("slider", { name: "Density, least" });
  const most = screen.getByRole("slider", { name: "Density, most" });
  expect(Number.parseFloat(least.style.left)).toBeCloseTo((100 * 0.25) / 3);
  expect(Number.parseFloat(most.style.left)).toBeCloseTo((100 * 1.6) / 3);
  const lit = [...container.querySelectorAll("rect[class*=lit]")].map((bar) => Number(bar.getAttribute("width")));
  expect(lit.map((width) => Number(width.toFixed(2)))).toEqual([0.69, 0.54, 0]);
  fireEvent.keyDown(most, { key: "ArrowRight" });
  expect(onRange).toHaveBeenLastCalledWith([0.25, Infinity]);
  fireEvent.keyDown(least, { key: "ArrowRight" });
  expect(onRange).toHaveBeenLastCalledWith([1, 1.6]);
});

test("a chart of a table has a mark for each row, and the table itself at T", () => {
  const { container } = show(
    <SpecChart
      spec={{ kind: "bar", title: "Dead", x: "layer", y: "share" }}
      sheet={{
        columns: ["layer", "share"],
        rows: [
          [0, 0.5],
          [1, 0.25],
          [2, null],
        ],
      }}
    />,
  );
  expect(container.querySelectorAll("rect > title")).toHaveLength(2);
  expect(screen.getByText("3 rows · 1 without a value")).toBeVisible();
  fireEvent.keyDown(screen.getByRole("figure"), { key: "t" });
  expect(screen.getAllByRole("row")).toHaveLength(4);
});

test("a live chart says its last values, and lists them at T", () => {
  show(
    <SeriesChart
      title="Loss"
      x={[0, 10, 20]}
      xLabel="step"
      yLabel="loss"
      curves={[{ key: "loss", label: "loss", values: [3, 2, 1.5] }]}
    />,
  );
  expect(screen.getByText("1.5")).toBeVisible();
  fireEvent.keyDown(screen.getByRole("figure"), { key: "ArrowLeft" });
  expect(screen.getByText("2")).toBeVisible();
  fireEvent.keyDown(screen.getByRole("figure"), { key: "t" });
  expect(screen.getByRole("rowheader", { name: "20" })).toBeVisible();
});

test("progress is told in words too", () => {
  show(
    <ProgressBar
      label="run"
      progress={{ done: 5000, of: 20_000, unit: "tokens", stage: "recording", per_s: 100, left_s: 150 }}
    />,
  );
  const bar = screen.getByRole("progressbar", { name: "run" });
  expect(bar).toHaveAttribute("aria-valuenow", "25");
  expect(bar).toHaveAttribute("aria-valuetext", "recording, 5\u2009000 of 20 k tokens, 100 tokens/s, 2 min 30 s left");
});
