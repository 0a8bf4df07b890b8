import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { Strength } from "./Strength";

const show = (node: ReactNode) => render(<MantineProvider env="test">{node}</MantineProvider>);

test("a strength beyond the slider is typed, and the slider stays at its end", () => {
  const onChange = vi.fn();
  show(<Strength kind="ablate" value={3} onChange={onChange} />);
  expect(screen.getByRole("slider", { name: "Strength" })).toHaveAttribute("aria-valuenow", "1");
  expect(screen.getByText("nothing")).toBeInTheDocument();
  const field = screen.getByRole("textbox", { name: "Strength, any number" });
  expect(field).toHaveValue("3");
  fireEvent.change(field, { target: { value: "-4.5" } });
  expect(onChange).toHaveBeenLastCalledWith(-4.5);
});

test("the slider goes in steps that an address writes in two digits", async () => {
  const onChange = vi.fn();
  show(<Strength kind="steer" value={0.1} onChange={onChange} />);
  fireEvent.keyDown(screen.getByRole("slider", { name: "Strength" }), { key: "ArrowRight" });
  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith(0.15));
});
