import { render } from "@testing-library/react";
import { Hint } from "./Hint";

const drawn = (text: string): string => render(<Hint text={text} />).container.innerHTML;

test("names of code are code, and null is an empty box", () => {
  expect(drawn("Features; null is `expansion` times the width.")).toBe(
    "Features; empty is <code>expansion</code> times the width.",
  );
  expect(drawn("Null leaves it; see `null_mean`.")).toBe("Empty leaves it; see <code>null_mean</code>.");
});

test("a docstring without code is itself, whatever it holds", () => {
  expect(drawn("Lower than <b>annulled</b>.")).toBe("Lower than &lt;b&gt;annulled&lt;/b&gt;.");
});
