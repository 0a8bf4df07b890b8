/** What lies in the library and cannot be read: how many in one line, which and why once it is opened. */
import type { BrokenPatch } from "../../api/types";
import classes from "./Patches.module.css";

export function BrokenPatches({ broken }: { broken: readonly BrokenPatch[] }) {
  return (
    <details className={classes.broken}>
      <summary>{broken.length === 1 ? "1 patch" : `${broken.length} patches`} here cannot be read</summary>
      <ul>
        {broken.map(({ hash, error, next }) => (
          <li key={hash}>
            <bdi>{error}</bdi> <span className="mute">{next}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
