/** Tests of all links that are shown, one after the other, until somebody stops them or the others would fail alike. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Cause, type LinkQuestion, linkTest } from "../../api/featureLinks";
import { asTrouble } from "../../api/trouble";
import { failsAlike, type Tally } from "../../lib/links";

export interface LinkTests {
  running: boolean;
  /** How many of them went well, and how many did not. */
  tally: Tally;
  testAll: () => void;
  stop: () => void;
}

const NONE: Tally = { tested: 0, failed: 0 };

export function useLinkTests(question: LinkQuestion, position: number, links: readonly Cause[]): LinkTests {
  const client = useQueryClient();
  /** Which round is on; another number ends it. */
  const round = useRef(0);
  const [running, setRunning] = useState(false);
  const [tally, setTally] = useState(NONE);
  const stop = () => {
    round.current += 1;
    setRunning(false);
  };
  useEffect(
    () => () => {
      round.current += 1;
    },
    [],
  );
  const testAll = async () => {
    round.current += 1;
    const mine = round.current;
    setRunning(true);
    setTally(NONE);
    for (const link of links) {
      // A row says what went wrong with it.
      const trouble = await client.fetchQuery(linkTest(question, position, link)).then(() => undefined, asTrouble);
      if (round.current !== mine) return;
      setTally(({ tested, failed }) => (trouble ? { tested, failed: failed + 1 } : { tested: tested + 1, failed }));
      if (trouble && failsAlike(trouble)) break;
    }
    setRunning(false);
  };
  return { running, tally, testAll, stop };
}
