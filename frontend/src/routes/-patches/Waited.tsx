/** The answer to a trial that is asked again and again: its last one stays, dimmed, until another is there. */
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useTrouble } from "../../api/live";
import { queue } from "../../api/runs";
import type { PatchesTried } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { classes as joined } from "../../lib/classes";
import { formatDuration } from "../../lib/progress";
import { JobProgress } from "../-shell/StatusBar";
import classes from "./Patches.module.css";

interface Props {
  /** As `useNewest` tells it. */
  asked: { data: PatchesTried | undefined; error: Error | null; waits: boolean; refetch: () => unknown };
  children: (tried: PatchesTried) => ReactNode;
}

/** What takes less is there before anybody has read that it is awaited. */
const PATIENCE_S = 1;

export function Waited({ asked: { data, error, refetch, waits }, children }: Props) {
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => refetch()} />;
  if (!data)
    return (
      <div aria-busy>
        <span role="status" className="visually-hidden">
          Trying the patches…
        </span>
        <Wait />
        <Skeleton height={190} mt={8} />
        <Skeleton height={60} mt={12} />
      </div>
    );
  return (
    <div className={classes.results} aria-busy={waits}>
      {waits && <Wait stale />}
      <div className={joined(waits && classes.waits)}>{children(data)}</div>
    </div>
  );
}

/** Since when an answer is awaited, and what else the device works on; nothing while it comes soon. */
export function Wait({ stale = false }: { stale?: boolean }) {
  const [seconds, setSeconds] = useState(0);
  const { data } = useQuery(queue);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((now) => now + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (seconds < PATIENCE_S) return null;
  const run = data?.running[0];
  return (
    <p className={classes.wait}>
      Waiting for {formatDuration(seconds)}
      {stale && "; what stands here is the answer before"}.
      {run && (
        <>
          {" "}
          A run has the device, too:{" "}
          <Link to="/runs/$run" params={{ run: run.id }}>
            <JobProgress row={run} />
          </Link>
        </>
      )}
    </p>
  );
}
