import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTrouble } from "../../api/live";
import { patchSet } from "../../api/patches";
import { TroubleNote } from "../../components/States";
import css from "./PatchRail.module.css";

// Of a page where something is missing alone.
const ImportPatch = lazy(() => import("../-patches/ImportPatch").then((part) => ({ default: part.ImportPatch })));

interface Props {
  /** Of a set; undefined where the address names none. */
  hash: string | undefined;
  /** What the page shows where it is not here. */
  without: string;
  /** What leads away from it. */
  leave: string;
  onLeave: () => void;
}

/** A set that this server lacks is told, and asked for; the page goes on without. */
export function Missing({ hash, without, leave, onLeave }: Props) {
  const { error, refetch } = useQuery({ ...patchSet(hash ?? ""), enabled: hash !== undefined });
  const trouble = useTrouble(hash === undefined ? null : error);
  if (!trouble) return null;
  return (
    <div className={css.missing}>
      <TroubleNote trouble={{ ...trouble, next: `${trouble.next} ${without}` }} retry={() => refetch()}>
        <Button variant="default" onClick={onLeave}>
          {leave}
        </Button>
        {hash !== undefined && trouble.status === 404 && (
          <Suspense>
            <ImportPatch wanted={hash} />
          </Suspense>
        )}
      </TroubleNote>
    </div>
  );
}
