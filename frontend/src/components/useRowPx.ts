/** The height of a row as the reader's density says it, in CSS pixels. */
import { useSyncExternalStore } from "react";

const DEFAULT_PX = 28;

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-density"] });
  return () => observer.disconnect();
}

const read = (): number =>
  Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--ms-row")) || DEFAULT_PX;

export const useRowPx = (): number => useSyncExternalStore(subscribe, read);
