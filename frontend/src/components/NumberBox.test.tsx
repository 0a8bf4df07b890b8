import { MantineProvider } from "@mantine/core";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { NumberBox } from "./NumberBox";

const read = vi.fn();

function Held() {
  const [value, setValue] = useState(1);
  const take = (next: number) => {
    read(next);
    setValue(next);
  };
  return (
    <MantineProvider env="test">
      <NumberBox name="Strength" min={-1e9} max={1e9} step={0.05} value={value} onChange={take} />
      <button type="button" onClick={() => setValue(7)}>
        Elsewhere
      </button>
    </MantineProvider>
  );
}

const box = () => screen.getByRole("textbox", { name: "Strength" });
const type = (text: string) => {
  for (let end = 1; end <= text.length; end++) fireEvent.change(box(), { target: { value: text.slice(0, end) } });
};

beforeEach(() => {
  vi.useFakeTimers();
  read.mockClear();
  render(<Held />);
});
afterEach(() => vi.useRealTimers());

test.each([
  ["1e9", 1e9],
  ["2e-1", 0.2],
  ["−0.5", -0.5],
])("%s is read once, when typing rests", async (text, number) => {
  type(text);
  expect(read).not.toHaveBeenCalled();
  await act(() => vi.advanceTimersByTimeAsync(1000));
  expect(read.mock.calls).toEqual([[number]]);
  expect(box()).toHaveValue(text);
  fireEvent.blur(box());
  expect(box()).toHaveValue(String(number));
  expect(read).toHaveBeenCalledTimes(1);
});

test("what is no number is refused in words, stays written, and changes nothing", () => {
  type("1,5");
  fireEvent.blur(box());
  expect(screen.getByRole("alert")).toHaveTextContent("“1,5” is no number. Write decimals with a point: 1.5.");
  expect(box()).toHaveValue("1,5");
  expect(box()).toBeInvalid();
  expect(box()).toHaveAccessibleErrorMessage(/is no number/);
  expect(read).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Elsewhere" }));
  expect(box()).toHaveValue("7");
  expect(screen.queryByRole("alert")).toBeNull();
});

test("Enter reads at once, the arrow keys go by steps, and an empty box is what it was", async () => {
  type("1e39");
  fireEvent.keyDown(box(), { key: "Enter" });
  expect(screen.getByRole("alert")).toHaveTextContent("From −1e9 to 1e9.");
  type("0.3");
  fireEvent.keyDown(box(), { key: "Enter" });
  expect(read.mock.calls).toEqual([[0.3]]);
  for (const key of ["ArrowUp", "ArrowUp", "ArrowDown"]) fireEvent.keyDown(box(), { key });
  expect(box()).toHaveValue("0.35");
  await act(() => vi.advanceTimersByTimeAsync(1000));
  expect(read.mock.calls).toEqual([[0.3], [0.35]]);
  fireEvent.change(box(), { target: { value: "" } });
  fireEvent.blur(box());
  expect(box()).toHaveValue("0.35");
});
