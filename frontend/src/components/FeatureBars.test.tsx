import { render, screen, within } from "@testing-library/react";
import { FeatureBars } from "./FeatureBars";

test("bars are as long as their values are to the greatest, whatever its sign", () => {
  render(
    <FeatureBars
      label="Suppressed"
      bars={[
        { key: 1, name: "one", value: -2, text: "−2.00" },
        { key: 2, name: "two", value: 1, text: "+1.00", aside: "7 of 9" },
      ]}
    />,
  );
  const [one, two] = within(screen.getByRole("list", { name: "Suppressed" })).getAllByRole("listitem");
  const width = (row: HTMLElement | undefined) => row?.querySelector<HTMLElement>("[aria-hidden] > span")?.style.width;
  expect(width(one)).toBe("100%");
  expect(width(two)).toBe("50%");
  expect(two).toHaveTextContent("two7 of 9+1.00");
});

test("what has no bars says so", () => {
  render(<FeatureBars label="Near" bars={[]} empty="Nothing fires with it." />);
  expect(screen.getByText("Nothing fires with it.")).toBeInTheDocument();
  expect(screen.queryByRole("list")).toBeNull();
});
