/** The answer to a trial that is asked again and again: its last one stays, dimmed, until another is there. */
import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTrouble } from "../../api/live";
import type { PatchesTried } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { classes as joined } from "../../lib/classes";
import classes from "./Patches.module.css";

interface Props {
  /** As `useNewest` tells it. */
  asked: { data: PatchesTried | undefined; error: Error | null; waits: boolean; refetch: () => unknown };
  children: (tried: PatchesTried) => ReactNode;
}

export function Waited({ asked: { data, error, refetch, waits }, children }: Props) {
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => refetch()} />;
  if (!data)
    return (
      <div aria-busy>
        <span role="status" className="visually-hidden">
          Trying the patches…
        </span>
        <Skeleton height={190} mt={8} />
        <Skeleton height={60} mt={12} />
      </div>
    );
  return (
    <div className={joined(classes.results, waits && classes.waits)} aria-busy={waits}>
      {children(data)}
    </div>
  );
}
