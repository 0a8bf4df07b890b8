import { fireEvent, render, screen } from "@testing-library/react";
import { useKeys } from "./keys";

function Page({ act }: { act: () => void }) {
  useKeys([["c", act]]);
  return (
    <>
      <input type="radio" aria-label="entropy" />
      <input type="checkbox" aria-label="fit" />
      <input type="text" aria-label="span" />
      <textarea aria-label="message" />
      <div role="menu">
        <button type="button" role="menuitem">
          CSV
        </button>
      </div>
    </>
  );
}

test("a key acts after a choice or a switch was clicked, and is text where text is written", () => {
  const act = vi.fn();
  render(<Page act={act} />);
  for (const name of ["entropy", "fit"]) fireEvent.keyDown(screen.getByLabelText(name), { key: "c" });
  expect(act).toHaveBeenCalledTimes(2);
  for (const name of ["span", "message"])
    expect(fireEvent.keyDown(screen.getByLabelText(name), { key: "c" })).toBe(true);
  expect(act).toHaveBeenCalledTimes(2);
});

test("an open menu keeps its keys to itself", () => {
  const act = vi.fn();
  render(<Page act={act} />);
  fireEvent.keyDown(screen.getByRole("menuitem"), { key: "c" });
  expect(act).not.toHaveBeenCalled();
});

test("behind an open dialog no key acts, wherever the focus is", () => {
  const act = vi.fn();
  const { rerender } = render(<Page act={act} />);
  rerender(
    <>
      <Page act={act} />
      <div role="dialog" aria-modal="true">
        <button type="button">Close</button>
      </div>
    </>,
  );
  fireEvent.keyDown(document.body, { key: "c" });
  fireEvent.keyDown(screen.getByRole("button", { name: "Close" }), { key: "c" });
  expect(act).not.toHaveBeenCalled();
});
