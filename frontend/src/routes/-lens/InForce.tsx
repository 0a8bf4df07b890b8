/** What was in force as a text was run, above it where no rail tells; nothing of a text that the model read as it is. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { patchSet } from "../../api/patches";
import { scopeWords } from "../../lib/patches";
import type { Material } from "../-view/material";
import classes from "./Lens.module.css";

/** Of a conversation's text in which a set was put in the place of another: no rail holds more than one. */
export function Switched({ schedule }: Pick<Material, "schedule">) {
  if (schedule.length === 0) return null;
  return (
    <p className={classes.inForce} role="note" aria-label="Patches in force">
      <b>Patches were switched</b>
      {schedule.map(({ start, set }) => (
        <span key={start}>
          <span className="mute">From token {start} on </span>
          {set === null ? (
            "none."
          ) : (
            <Link to="/patches/sets/$hash" params={{ hash: set }}>
              set {set.slice(0, 8)}.
            </Link>
          )}
        </span>
      ))}
    </p>
  );
}

export function InForce({ material: { patches, ids, model } }: { material: Material }) {
  const set = patches ?? "";
  const { data } = useQuery({ ...patchSet(set), enabled: set !== "" });
  if (!data) return null;
  return (
    <p className={classes.inForce} role="note" aria-label="Patches in force">
      <b>Patched</b>
      {data.members.map(({ hash: patch, says, strength, scope }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same patch may stand in a set twice, and a set never changes.
        <span key={at}>
          <Link to="/patches/$hash" params={{ hash: patch }} search={{ strength, ids: [...ids] }}>
            {says}
          </Link>
          <span className="mute"> It acts {scopeWords(scope, ids, model.begins)}.</span>
        </span>
      ))}
    </p>
  );
}
