import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, within } from "@testing-library/react";
import type { ModelInfo } from "../api/types";
import { ParityBadge } from "./ParityBadge";

const holds = { name: "logits", measured: 3e-6, tolerance: 1e-4, ok: true, says: "Logits agree.", blocks: [] };

function opened(parity: ModelInfo["parity"]) {
  render(
    <MantineProvider env="test">
      <ParityBadge parity={parity} />
    </MantineProvider>,
  );
  fireEvent.click(screen.getByRole("button"));
}

test("what is off is said in words, with what to do", () => {
  const problems = ["The unembedding differs by 0.3. Load it in float32 to see whether it is rounding."];
  opened({ ok: false, checks: [{ ...holds, measured: 0.3, ok: false }], problems });
  expect(screen.getByText(/Load it in float32/)).toBeVisible();
  expect(screen.getByText("3.0e-1")).toBeVisible();
});

test("a difference that is not a number is shown as not finite, whole and block by block", () => {
  const blocks = { ...holds, name: "blocks", measured: null, ok: false, blocks: [2e-7, null] };
  opened({ ok: false, checks: [holds, blocks], problems: [] });
  expect(screen.getByRole("cell", { name: "not finite" })).toBeVisible();
  const [first, second] = within(screen.getByLabelText("Measured at every block")).getAllByText(/:/);
  expect(first).toHaveTextContent("0: 2.0e-7");
  expect(second).toHaveTextContent("1: not finite");
});
