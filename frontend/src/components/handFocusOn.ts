/** Where the keyboard's focus goes when what has it makes room for something else. */
import { type RefObject, useLayoutEffect } from "react";

/** Spread over the frame that stays: Tab goes on from there. */
export const KEEPS_FOCUS = { tabIndex: -1, "data-keeps-focus": true } as const;

/** When the element goes while the focus is in it, the frame around it takes the focus; else it would fall to the page's start. */
export function useHandFocusOn(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (element?.contains(document.activeElement)) element.closest<HTMLElement>("[data-keeps-focus]")?.focus();
    };
  }, [ref]);
}
