/** What a key does in a table. */
import type { KeyboardEvent } from "react";
import type { TableRowState } from "./useTableRow";

interface Deeds<R> {
  /** Rows in all. */
  count: number;
  /** Rows that are in view at once. */
  page: number;
  open?: (row: R, index: number) => void;
  select?: (row: R) => void;
  /** Copies the selected rows, else the one that the keyboard is on. */
  copy: () => void;
}

type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey">;

/** Undefined where the key does nothing here. */
export function deedOf<R>(pressed: Pressed, at: TableRowState<R>, deeds: Deeds<R>): (() => void) | undefined {
  const { active, current, move } = at;
  const { count, page, open, select, copy } = deeds;
  if (pressed.ctrlKey || pressed.metaKey)
    // What is marked on the page is what is meant.
    return pressed.key === "c" && String(window.getSelection()) === "" ? copy : undefined;
  const from = active ?? -1;
  const step = pressed.shiftKey ? 10 : 1;
  const keys: Record<string, () => void> = {
    ArrowDown: () => move(from + step),
    ArrowUp: () => move(from - step),
    PageDown: () => move(from + page),
    PageUp: () => move(from - page),
    Home: () => move(0),
    End: () => move(count - 1),
    Enter: () => current !== undefined && active !== null && open?.(current, active),
    " ": () => current !== undefined && select?.(current),
  };
  return keys[pressed.key];
}
