/** A place in the top bar that the current page fills. */
import { createContext, type ReactNode, use, useState } from "react";
import { createPortal } from "react-dom";
import classes from "./Shell.module.css";

const Slot = createContext<{ element: HTMLElement | null; set: (element: HTMLElement | null) => void }>({
  element: null,
  set: () => {},
});

export function PageActionsProvider({ children }: { children: ReactNode }) {
  const [element, set] = useState<HTMLElement | null>(null);
  return <Slot value={{ element, set }}>{children}</Slot>;
}

export function PageActionsSlot() {
  const { set } = use(Slot);
  return <div ref={set} className={classes.slot} />;
}

/** Renders its children into the top bar for as long as the page is there. */
export function PageActions({ children }: { children: ReactNode }) {
  const { element } = use(Slot);
  return element ? createPortal(children, element) : null;
}
