/** The text in which a feature is traced: its tokens, of which one at which it fires is chosen. */
import { Skeleton } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { TriedFeature } from "../../api/types";
import { TokenStrip } from "../../components/TokenStrip";
import { firesMost } from "../../lib/links";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import classes from "./Feature.module.css";
import css from "./Links.module.css";
import type { FeatureSearch } from "./params";

interface Props {
  vocab: Vocab;
  /** Undefined while the model reads it. */
  read: TriedFeature | undefined;
  /** Position that the address names. */
  at: number | undefined;
  change: (part: Partial<FeatureSearch>, how?: "push" | "replace") => void;
  /** What stands below, of a position at which it fires; undefined while that is not known. */
  children: (position: number | undefined) => ReactNode;
}

function Silent({ says, toMost }: { says: string; toMost: (() => void) | undefined }) {
  return (
    <p className={classes.none} role="status">
      {says}: nothing is there to be traced.{" "}
      {toMost && (
        <button type="button" className={css.plain} onClick={toMost}>
          Go where it fires most
        </button>
      )}
    </p>
  );
}

export function LinkText({ vocab, read, at, change, children }: Props) {
  const [{ whitespace, underline }] = usePreferences();
  const tokens = useMemo(
    () => (read?.ids ?? []).map((id, position) => ({ id, position, role: "text" as const })),
    [read],
  );
  const coloring = useMemo(() => {
    const values = read?.activations ?? [];
    const full = Math.max(read?.max ?? 0, ...values, 1e-9);
    return { name: "activation", values, domain: { from: 0, to: full, log: false, fitted: true } };
  }, [read]);
  if (!read)
    return (
      <>
        <Skeleton height={96} mt={8} />
        {children(undefined)}
      </>
    );
  const fires = (position: number) => (read.activations[position] ?? 0) > 0;
  const most = firesMost(read.activations, read.skipped);
  const beyond = at !== undefined && at >= read.ids.length;
  const position = at ?? most;
  return (
    <>
      <div className={css.text}>
        <TokenStrip
          {...{ tokens, vocab, coloring, whitespace, underline }}
          label="Text in which the feature is traced"
          selected={beyond ? null : (position ?? null)}
          onSelect={(place, by) => {
            if (by === "click") change({ at: place });
            else if (fires(place)) change({ at: place }, "replace");
          }}
        />
      </div>
      {position === undefined ? (
        <Silent says="The feature fires at no token of this text" toMost={undefined} />
      ) : fires(position) ? (
        children(position)
      ) : (
        <Silent
          says={
            beyond
              ? `The address names position ${position}; this text ends with position ${read.ids.length - 1}`
              : `The feature does not fire at position ${position}`
          }
          toMost={most === undefined ? undefined : () => change({ at: undefined })}
        />
      )}
    </>
  );
}
