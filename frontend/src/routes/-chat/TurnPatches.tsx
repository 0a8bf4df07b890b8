/** What a turn was said under: each set a way to put it in force again. */
import { Link } from "@tanstack/react-router";
import { Blend } from "lucide-react";
import type { Turn } from "../../api/types";
import { useActingWords } from "../-patch-rail/names";
import classes from "./Chat.module.css";

interface SaidUnder {
  /** Names cut, strengths and places whole. */
  short: string;
  full: string;
}

type Words = (set: string | null) => SaidUnder;

/** Characters of a name among the tokens. */
const NAME_CHARS = 18;

/**
 * Sets in words beside what was said under them. Where patches were taken out the model is not what it is without any: it
 * goes on from what they made of the tokens before.
 */
export function useSaidUnder(sets: readonly string[]): Words {
  const full = useActingWords(sets);
  const short = useActingWords(sets, NAME_CHARS);
  return (set) =>
    set === null
      ? { short: "no more patches", full: "no more patches; what was read before keeps what they made of it" }
      : { short: short(set), full: full(set) };
}

interface Props {
  patches: Turn["patches"];
  words: Words;
}

/** Sets that are shown of a turn in which they were switched again and again. */
const SHOWN = 3;

export function TurnPatches({ patches, words }: Props) {
  const left = patches.length - SHOWN;
  const shown = left > 0 ? [...patches.slice(0, SHOWN - 1), ...patches.slice(-1)] : patches;
  return shown.map(({ start, set }, place) => {
    const from = start === 0 ? "" : `from token ${start + 1} on: `;
    const { short, full } = words(set);
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
          title={`Said ${from}${full}. Click to put ${set === null ? "none" : "it"} in force.`}
        >
          <Blend size={10} aria-hidden /> {start > 0 && <span className="mute">from {start + 1}</span>} {short}
        </Link>
      </span>,
    ];
  });
}
