import { fireEvent, render, screen } from "@testing-library/react";
import type { StripToken } from "../lib/strip";
import type { Vocab } from "../lib/tokens";
import { TokenStrip, type TokenStripProps } from "./TokenStrip";

const words = ["<|user|>", "hi", " the", "<script>alert(1)</script>", "\n", "<|end|>"];
const utf8 = new TextEncoder();
const vocab: Vocab = {
  size: words.length,
  bytes: (id) => utf8.encode(words[id] ?? ""),
  special: (id) => id === 0 || id === 5,
};
const strip = (ids: number[]): StripToken[] =>
  ids.map((id, position) => ({ position, id, role: vocab.special(id) ? "template" : "user" }));

function show(props: Partial<TokenStripProps> = {}) {
  const onSelect = vi.fn();
  const element = (more: Partial<TokenStripProps> = {}) => (
    <TokenStrip tokens={strip([0, 1, 2, 2, 3])} vocab={vocab} label="prompt" onSelect={onSelect} {...props} {...more} />
  );
  const view = render(element());
  return { onSelect, ...view, again: (more: Partial<TokenStripProps>) => view.rerender(element(more)) };
}

const option = (position: number) => {
  const found = screen.getAllByRole("option").find((element) => element.dataset.pos === String(position));
  if (!found) throw new Error(`no token at ${position}`);
  return found;
};

test("a click selects the position, also where the same token stands twice", () => {
  const { onSelect } = show();
  fireEvent.click(option(3));
  expect(onSelect).toHaveBeenCalledExactlyOnceWith(3, "click");
});

test("markup in a token is text", () => {
  const { container } = show();
  expect(option(4)).toHaveTextContent("<script>alert(1)</script>");
  expect(container.querySelector("script")).toBeNull();
});

test("arrows, Shift, Home and End walk the tokens", () => {
  const { onSelect } = show({ selected: 1 });
  option(1).focus();
  const press = (key: string, shiftKey = false) => {
    fireEvent.keyDown(document.activeElement ?? document.body, { key, shiftKey });
    return onSelect.mock.lastCall?.[0];
  };
  expect(press("ArrowRight")).toBe(2);
  expect(press("ArrowRight", true)).toBe(4);
  expect(press("ArrowRight")).toBe(4);
  expect(press("Home")).toBe(0);
  expect(press("End")).toBe(4);
  expect(press("ArrowLeft")).toBe(3);
});

test("Enter opens the selected token, p and Ctrl-click pin", () => {
  const [onOpen, onPin] = [vi.fn(), vi.fn()];
  show({ selected: 2, onOpen, onPin });
  option(2).focus();
  fireEvent.keyDown(option(2), { key: "Enter" });
  expect(onOpen).toHaveBeenCalledWith(2);
  fireEvent.keyDown(option(2), { key: "p" });
  fireEvent.click(option(1), { ctrlKey: true });
  expect(onPin.mock.calls).toEqual([[2], [1]]);
});

test("one token is reached by Tab: the selected one, else the first", () => {
  const { again } = show();
  expect(option(0)).toHaveAttribute("tabindex", "0");
  again({ selected: 3 });
  expect(option(3)).toHaveAttribute("tabindex", "0");
  expect(option(0)).toHaveAttribute("tabindex", "-1");
  expect(option(3)).toHaveAttribute("aria-selected", "true");
});

test("the tooltip has the full value, the position and the bytes", () => {
  const domain = { from: 0, to: 1, log: false, fitted: false };
  show({ coloring: { name: "probability", values: [Number.NaN, 0.123456, 1, 1, 1], domain } });
  expect(option(1).title).toBe("position 1 · id 1 · probability 0.123456 · bytes 68 69");
  expect(option(0).title).not.toContain("probability");
});

test("a growing strip keeps the tokens that are there", () => {
  const ids = Array.from({ length: 200 }, () => 1);
  const { again } = show({ tokens: strip(ids) });
  const before = option(10);
  again({ tokens: strip([...ids, 2]), streaming: true });
  expect(option(10)).toBe(before);
  expect(screen.getAllByRole("option")).toHaveLength(201);
});

test("a new token redraws one piece of the strip, whatever its length", () => {
  const asked = vi.fn(vocab.special);
  const counted = { ...vocab, special: asked };
  const ids = Array.from({ length: 256 }, () => 1);
  const { again } = show({ tokens: strip(ids), vocab: counted });
  asked.mockClear();
  again({ tokens: strip([...ids, 2]) });
  // Twice for each token of the last piece, and for the three before it.
  expect(asked.mock.calls.length).toBeLessThan(2 * (64 + 8));
});

test("turns are named lists", () => {
  show();
  expect(screen.getByRole("listbox", { name: "user, part 1 of 1" })).toBeVisible();
});

test("what a model wrote has a head of its own behind the text", () => {
  const tokens = [1, 2, 2, 3].map(
    (id, position) => ({ position, id, role: position < 2 ? "text" : "continuation" }) as const,
  );
  show({ tokens });
  expect(screen.getByRole("listbox", { name: "text, part 1 of 2" })).toHaveTextContent(/^hi the$/);
  const written = screen.getByRole("listbox", { name: "continuation, part 2 of 2" });
  expect(written).toContainElement(option(2));
  expect(written.closest("section")).toHaveTextContent("continuation2 tokens");
});

test("words stand before the token from which on something has changed, and in its name", () => {
  const { again } = show({ notes: new Map([[3, { short: "H… × 2", words: "Held × 2" }]]) });
  const note = document.querySelector("[data-note='3']");
  expect(note).toHaveTextContent("H… × 2");
  expect(note?.nextElementSibling).toBe(option(3));
  expect(option(3)).toHaveAccessibleName(/from here: Held × 2$/);
  expect(option(2)).not.toHaveAccessibleName(/from here/);
  again({ notes: new Map([[4, { short: "none", words: "no patches" }]]) });
  expect(document.querySelectorAll("[data-note]")).toHaveLength(1);
  expect(option(4)).toHaveAccessibleName(/from here: no patches$/);
});

test("a mark is a line under its tokens, and words in their names; one that moves is drawn anew", () => {
  const { again } = show({ marks: [{ start: 1, end: 3, words: "acted on by Held" }] });
  const named = () => screen.getAllByRole("option", { name: /acted on by Held/ }).map(({ dataset }) => dataset.pos);
  expect(named()).toEqual(["1", "2"]);
  expect(option(1)).toHaveClass(/marked/);
  expect(option(3)).not.toHaveClass(/marked/);
  again({ marks: [{ start: 3, end: 4, words: "acted on by Held" }] });
  expect(named()).toEqual(["3"]);
});
