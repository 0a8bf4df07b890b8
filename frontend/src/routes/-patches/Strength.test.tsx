import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { Strength } from "./Strength";

const show = (node: ReactNode) => render(<MantineProvider env="test">{node}</MantineProvider>);

test("a slider goes as far as its strength, and stays so while it is dragged back", () => {
  const { rerender } = show(<Strength kind="clamp" value={3} onChange={() => {}} />);
  const slider = screen.getByRole("slider", { name: "Strength" });
  expect(slider).toHaveAttribute("aria-valuenow", "3");
  expect(screen.getByText("held")).toBeInTheDocument();
  rerender(
    <MantineProvider env="test">
      <Strength kind="clamp" value={1} onChange={() => {}} />
    </MantineProvider>,
  );
  expect(slider).toHaveAttribute("aria-valuemax", "3");
});

test("a strength far beyond the slider is typed, and the slider stays at its end", () => {
  const onChange = vi.fn();
  show(<Strength kind="ablate" value={30} onChange={onChange} />);
  expect(screen.getByRole("slider", { name: "Strength" })).toHaveAttribute("aria-valuenow", "5");
  expect(screen.getByText("nothing")).toBeInTheDocument();
  const field = screen.getByRole("textbox", { name: "Strength, any number" });
  expect(field).toHaveValue("30");
  fireEvent.change(field, { target: { value: "-4.5" } });
  fireEvent.blur(field);
  expect(onChange).toHaveBeenLastCalledWith(-4.5);
});

test("the slider goes in steps that an address writes in two digits", async () => {
  const onChange = vi.fn();
  show(<Strength kind="steer" value={0.1} onChange={onChange} />);
  fireEvent.keyDown(screen.getByRole("slider", { name: "Strength" }), { key: "ArrowRight" });
  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith(0.15));
});
