import { useHotkeys } from "@mantine/hooks";

/** Where a key writes; a radio button or a switch that has the focus takes none. */
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

const isWritten = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches(WRITES));

/** Keys that act wherever nothing is written with them. */
export function useKeys(bindings: readonly (readonly [string, () => void])[]): void {
  useHotkeys(
    bindings.map(([key, act]) => [
      key,
      (event) => {
        if (isWritten(event)) return;
        event.preventDefault();
        act();
      },
      { usePhysicalKeys: false, preventDefault: false },
    ]),
    [],
  );
}
