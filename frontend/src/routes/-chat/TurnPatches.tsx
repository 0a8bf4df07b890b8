/** What a turn was said under: each set a way to put it in force again. */
import { Link } from "@tanstack/react-router";
import { Blend } from "lucide-react";
import type { Turn } from "../../api/types";
import classes from "./Chat.module.css";

interface Props {
  patches: Turn["patches"];
  /** A set in words. */
  words: (set: string | null) => string;
}

/** Sets that are shown of a turn in which they were switched again and again. */
const SHOWN = 3;

export function TurnPatches({ patches, words }: Props) {
  const left = patches.length - SHOWN;
  const shown = left > 0 ? [...patches.slice(0, SHOWN - 1), ...patches.slice(-1)] : patches;
  return shown.map(({ start, set }, place) => {
    const from = start === 0 ? "" : `from token ${start + 1} on: `;
    return [
      left > 0 && place === SHOWN - 1 && (
        <span key="more" className="mute">
          {left} more
        </span>
      ),
      <span key={start} className={classes.said}>
        <Link
          to="."
          search={(now) => ({ ...now, patches: set ?? undefined, rail: true })}
          className={classes.saidUnder}
          title={`Said ${from}${words(set)}. Click to put it in force.`}
        >
          <Blend size={10} aria-hidden /> {start > 0 && <span className="mute">from {start + 1}</span>} {words(set)}
        </Link>
      </span>,
    ];
  });
}
