import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { TABLES } from "../lib/color";
import { Legend } from "./Legend";

const domain = { from: -0.4, to: 0.4, log: false, fitted: true };

test("a difference says what is subtracted from what, as its picture does", () => {
  render(
    <MantineProvider env="test">
      <Legend title="Δ KL" unit="nats" difference="“One” − “Two”" domain={domain} table={TABLES.viridis} signed />
    </MantineProvider>,
  );
  expect(screen.getByText("Δ KL (nats): “One” − “Two”")).toBeVisible();
});
