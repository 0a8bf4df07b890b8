import { useHotkeys } from "@mantine/hooks";

/** Where a key writes; a radio button or a switch that has the focus takes none. */
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

/** Whether a dialog was open when the key was hit: the one that Escape closes is gone before the page is asked. */
let behindDialog = false;
window.addEventListener(
  "keydown",
  () => {
    behindDialog = document.querySelector("[aria-modal=true]") !== null;
  },
  { capture: true },
);

/**
 * An open menu and a dialog have keys of their own: Escape closes them, not what lies behind, and a letter does nothing
 * there, also before a dialog that has just opened has the focus.
 */
const isTaken = ({ target }: KeyboardEvent): boolean =>
  behindDialog ||
  (target instanceof HTMLElement &&
    (target.isContentEditable || target.matches(WRITES) || target.closest("[role=menu]") !== null));

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
