import { useLocation } from "@tanstack/react-router";
import { useState } from "react";

/**
 * What somebody types into a form, kept for this entry of the browser's history as long as the tab is open: a reload and
 * the way back lose nothing, and a form that is opened anew is empty.
 *
 * Args:
 *   name: of what is kept; unique on its page.
 *   first: what it begins with where nothing is kept.
 */
export function useKept<T>(name: string, first: () => T): [T, (next: T) => void] {
  const entry = useLocation({ select: ({ state }) => state.__TSR_key ?? "" });
  // The place may change before the page does.
  const [key] = useState(`${name} ${entry}`);
  const [value, setValue] = useState<T>(() => {
    const kept = sessionStorage.getItem(key);
    return kept === null ? first() : JSON.parse(kept);
  });
  const change = (next: T) => {
    sessionStorage.setItem(key, JSON.stringify(next));
    setValue(next);
  };
  return [value, change];
}
