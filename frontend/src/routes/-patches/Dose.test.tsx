import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import type { DoseCurve } from "../../api/doses";
import { DoseCharts } from "./Dose";

const dose = (strength: number, kl: number) => ({
  strength,
  kl,
  control_kl: [kl / 10, kl / 5],
  probs: [0.5 - strength / 10],
  control_probs: [[0.5], [0.4]],
  likeliest: [7],
});

const CURVE: DoseCurve = { model: "specimen", tokens: [7], base: [0.5], doses: [dose(0, 0), dose(2, 1.5)] };

const shown = (curve: DoseCurve | undefined, n: number) =>
  render(
    <MantineProvider>
      <DoseCharts curve={curve} range={{ lo: 0, hi: 2, n }} label={(id) => `token ${id}`} busy={false} />
    </MantineProvider>,
  );

test("a curve says how far it has come, and what is shaded once it is whole", () => {
  const { unmount } = shown(CURVE, 3);
  expect(screen.getByRole("status")).toHaveTextContent("2 of 3 strengths");
  unmount();
  shown(CURVE, 2);
  expect(screen.getByRole("status")).toHaveTextContent("2 strengths; shaded: from the least to the most of 4 pushes");
});

test("KL and the followed tokens are drawn by strength, controls beside them", () => {
  shown(CURVE, 2);
  expect(screen.getByRole("application", { name: /KL of the next token/ })).toBeInTheDocument();
  expect(screen.getByRole("application", { name: /Probability of the likeliest/ })).toBeInTheDocument();
  expect(screen.getByText("token 7")).toBeInTheDocument();
  expect(screen.getByText("4 random pushes, mean")).toBeInTheDocument();
});

test("nothing is drawn of tokens before any is known", () => {
  shown(undefined, 5);
  expect(screen.getByRole("status")).toHaveTextContent("0 of 5 strengths");
  expect(screen.queryByRole("application", { name: /Probability/ })).toBeNull();
});
