/** What the keys and the palette do with the selected token, on every page that shows tokens. */
import type { Command } from "../-shell/commands";
import { type Change, togglePin, type View } from "./params";

/** `selected` is the token's id; undefined while none is selected. */
export const tokenCommands = (selected: number | undefined, view: View, change: Change): Command[] => {
  const pinned = selected !== undefined && view.pins.includes(selected);
  const reading: Command = {
    label: view.read === "for" ? "Read what comes after the token" : "Read what predicted the token",
    key: "a",
    act: () => change({ read: view.read === "for" ? "after" : "for" }),
  };
  if (selected === undefined) return [reading];
  const pin = () => change({ pins: togglePin(view.pins, selected) });
  return [{ label: pinned ? "Unpin the selected token" : "Pin the selected token", key: "p", act: pin }, reading];
};
