import { render, screen } from "@testing-library/react";
import type { Vocab } from "../lib/tokens";
import { ExampleText, type ExampleTextProps } from "./ExampleText";

const utf8 = new TextEncoder();
const PIECES = [
  utf8.encode("<b>bold</b>"),
  utf8.encode(" tok"),
  Uint8Array.of(0xf0, 0x9f),
  Uint8Array.of(0x98, 0x80),
  utf8.encode("\n"),
];
const vocab: Vocab = { size: PIECES.length, bytes: (id) => PIECES[id] ?? new Uint8Array(), special: () => false };

const show = (props: Partial<ExampleTextProps> = {}) =>
  render(
    <ExampleText ids={[0, 1, 2, 3, 4]} vocab={vocab} values={[0, 4, 2, 0, 0]} full={4} name="activation" {...props} />,
  );

test("token text is text: markup in it is drawn as characters", () => {
  const { container } = show();
  expect(container.querySelector("b")).toBeNull();
  expect(screen.getByText("<b>bold</b>")).toBeInTheDocument();
});

test("each token carries its position, its id and its number", () => {
  show({ start: 30 });
  expect(screen.getByTitle("position 31 · id 1 · activation 4")).toHaveTextContent("tok");
});

test("the shading grows with the value, and a token that does not fire has none", () => {
  show();
  const alpha = (title: RegExp) => screen.getByTitle(title).style.getPropertyValue("--level");
  expect(Number(alpha(/position 1 /))).toBeCloseTo(0.45);
  expect(Number(alpha(/position 2 /))).toBeCloseTo(0.225);
  expect(alpha(/position 0 /)).toBe("");
});

test("a character over two tokens is drawn once, by the token that holds its first byte", () => {
  show();
  expect(screen.getByTitle(/position 2 /)).toHaveTextContent("😀");
  expect(screen.getByTitle(/position 3 /)).toHaveTextContent("");
});

test("a missing number is not told as one", () => {
  show({ values: [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN] });
  expect(screen.getByTitle("position 0 · id 0")).toBeInTheDocument();
});
