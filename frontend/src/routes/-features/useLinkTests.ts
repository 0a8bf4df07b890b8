/** Tests of all links that are shown, one after the other, until somebody stops them. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Cause, type LinkQuestion, linkTest } from "../../api/featureLinks";

export interface LinkTests {
  running: boolean;
  /** How many of them were tested by it. */
  tested: number;
  testAll: () => void;
  stop: () => void;
}

export function useLinkTests(question: LinkQuestion, position: number, links: readonly Cause[]): LinkTests {
  const client = useQueryClient();
  /** Which round is on; another number ends it. */
  const round = useRef(0);
  const [running, setRunning] = useState(false);
  const [tested, setTested] = useState(0);
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
    setTested(0);
    for (const link of links) {
      // A row says what went wrong with it; the next one may go well.
      await client.fetchQuery(linkTest(question, position, link)).catch(() => undefined);
      if (round.current !== mine) return;
      setTested((count) => count + 1);
    }
    setRunning(false);
  };
  return { running, tested, testAll, stop };
}
