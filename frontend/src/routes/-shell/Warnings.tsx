/** What must be known before reading what was imported: over every page, until it is dismissed. */
import { CloseButton } from "@mantine/core";
import { useSyncExternalStore } from "react";
import classes from "./Shell.module.css";

let told: readonly string[] = [];
const watchers = new Set<() => void>();

/** Instead of what was told before. */
export function warn(says: readonly string[]): void {
  told = says;
  for (const tell of watchers) tell();
}

const watch = (tell: () => void) => {
  watchers.add(tell);
  return () => watchers.delete(tell);
};

export function Warnings() {
  const says = useSyncExternalStore(watch, () => told);
  if (says.length === 0) return null;
  return (
    <aside className={classes.told} role="alert">
      <div>
        <b>The bundle was imported. Before you read it:</b>
        <ul>
          {says.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </div>
      <CloseButton size="sm" aria-label="Dismiss" onClick={() => warn([])} />
    </aside>
  );
}
