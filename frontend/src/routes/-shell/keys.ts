import { useHotkeys } from "@mantine/hooks";

/** Where a key writes; a radio button or a switch that has the focus takes none. */
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

/** An open menu has keys of its own: Escape closes it, not what lies behind it. */
const isTaken = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches(WRITES) || target.closest("[role=menu]") !== null);

/** On a touch screen the focus would bring up the keyboard over the page. */
export const hasKeyboard = (): boolean => !window.matchMedia("(pointer: coarse)").matches;

/** The box of a page that is there to type takes the keyboard, unless another box, a menu or a dialog has it. Also as a `ref`. */
export function takeKeyboard(box: HTMLElement | null): void {
  if (box && hasKeyboard() && !document.activeElement?.closest(`${WRITES}, [role=menu], [role=dialog]`)) box.focus();
}

/** Keys that act wherever nothing is written with them and no menu is open. */
export function useKeys(bindings: readonly (readonly [string, () => void])[]): void {
  useHotkeys(
    bindings.map(([key, act]) => [
      key,
      (event) => {
        if (isTaken(event)) return;
        event.preventDefault();
        act();
      },
      { usePhysicalKeys: false, preventDefault: false },
    ]),
    [],
  );
}
