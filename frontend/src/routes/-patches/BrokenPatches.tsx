/** What lies in the library and cannot be read: how many in one line, which and why once it is opened. */
import type { BrokenPatch } from "../../api/types";
import classes from "./Patches.module.css";

interface Props {
  broken: readonly BrokenPatch[];
  /** Defaults to patches. */
  what?: "patch" | "set";
}

export function BrokenPatches({ broken, what = "patch" }: Props) {
  return (
    <details className={classes.broken}>
      <summary>
        {broken.length === 1 ? `1 ${what}` : `${broken.length} ${what === "set" ? "sets" : "patches"}`} here cannot be
        read
      </summary>
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
