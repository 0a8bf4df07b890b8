import { useHotkeys } from "@mantine/hooks";

/** Where a key writes; a radio button or a switch that has the focus takes none. */
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

/** An open menu has keys of its own: Escape closes it, not what lies behind it. */
const isTaken = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches(WRITES) || target.closest("[role=menu]") !== null);

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
