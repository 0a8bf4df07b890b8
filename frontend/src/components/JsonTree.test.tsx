import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { JsonTree } from "./JsonTree";

const VALUE = { metrics: { fvu: 0.125, dead: 3 }, layers: [4, 8] };

function show(onCopy = vi.fn()) {
  render(
    <MantineProvider env="test">
      <JsonTree value={VALUE} label="metrics" onCopy={onCopy} />
    </MantineProvider>,
  );
  return onCopy;
}
const names = () => screen.getAllByRole("treeitem").map((item) => item.textContent?.replace(/copy.*/, ""));

test("two levels are open, and a click closes one", () => {
  show();
  expect(names()).toEqual(["{2}", "metrics{2}", "fvu0.125", "dead3", "layers[2]", "04", "18"]);
  fireEvent.click(screen.getByText("metrics"));
  expect(names()).toEqual(["{2}", "metrics{2}", "layers[2]", "04", "18"]);
});

test("a search leaves what matches and what leads there", () => {
  show();
  fireEvent.change(screen.getByRole("textbox", { name: "Search in metrics" }), { target: { value: "dead" } });
  expect(names()).toEqual(["{2}", "metrics{2}", "dead3"]);
});

test("arrows walk and open, Ctrl+C copies the value, a button the path", () => {
  const onCopy = show();
  const press = (key: string, more = {}) => fireEvent.keyDown(screen.getByRole("tree"), { key, ...more });
  press("ArrowDown");
  press("ArrowLeft");
  expect(screen.getByText("metrics").closest("[role=treeitem]")).toHaveAttribute("aria-expanded", "false");
  press("ArrowRight");
  press("ArrowDown");
  press("c", { ctrlKey: true });
  expect(onCopy).toHaveBeenLastCalledWith("0.125", "Value copied.");
  const [path] = screen.getAllByText("copy path").slice(1);
  if (path) fireEvent.click(path);
  expect(onCopy).toHaveBeenLastCalledWith("metrics.fvu", "Path copied.");
});
