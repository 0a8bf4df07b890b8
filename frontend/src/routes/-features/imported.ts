import type { Imported } from "../../api/neuronpedia";
import { counted } from "../-shell/words";

/** Of explanations that were too long, so many are named. */
const NAMED = 3;

const tooLong = (long: Imported["long"]): string => {
  const named = long.slice(0, NAMED).map(({ feature, characters }) => `feature ${feature} (${characters} characters)`);
  const more = long.length > NAMED ? ` and ${long.length - NAMED} more` : "";
  return `${counted(long.length, "explanation")} too long for a label, at most 512 characters, left out: ${named.join(", ")}${more}`;
};

/** What came in, and what did not and why. */
export const imported = ({ labels, known, skipped, silent, blank, long, elsewhere }: Imported): string =>
  [
    `${counted(labels, "label")} imported`,
    known && `${known} were here already`,
    skipped && `${counted(skipped, "feature")} that this SAE has not skipped`,
    silent && `${counted(silent, "feature")} without an explanation`,
    blank && `${counted(blank, "explanation")} without a word skipped`,
    elsewhere && `${counted(elsewhere, "feature")} of another model or source skipped`,
    long.length > 0 && tooLong(long),
  ]
    .filter(Boolean)
    .join(", ");
