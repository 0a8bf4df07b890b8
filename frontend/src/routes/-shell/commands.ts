/** What the page at hand can do: each by its key, where it has one, and by its name in the palette. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { useLetters } from "./shortcuts";

export interface Command {
  /** As the palette lists it: "Export…". */
  label: string;
  /** A single letter or digit. Defaults to none. */
  key?: string;
  act: () => void;
}

const registered = new Set<RefObject<readonly Command[]>>();

/** What can be done now, in the order in which the page's parts came. */
export const pageCommands = (): readonly Command[] => [...registered].flatMap(({ current }) => current);

/** Offers commands for as long as the part of the page is there. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands);
  // With what is drawn: a key that is hit right after a step goes on from there, not from where it came.
  useLayoutEffect(() => {
    latest.current = commands;
  }, [commands]);
  useEffect(() => {
    registered.add(latest);
    return () => {
      registered.delete(latest);
    };
  }, []);
  const act = (hit: string) => latest.current.find(({ key }) => key === hit)?.act();
  useLetters(commands.flatMap(({ key }) => (key === undefined ? [] : [[key, () => act(key)] as const])));
}
