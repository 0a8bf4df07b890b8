/** What a new patch says before it is kept: what it does, how long it is beside the stream, which tokens it raises. */

import { Link } from "@tanstack/react-router";
import { ProgressBar } from "../../components/ProgressBar";
import { TroubleNote } from "../../components/States";
import { formatNumber } from "../../lib/format";
import { equationOf } from "../../lib/patches";
import { Part } from "../-features/Parts";
import classes from "./Patches.module.css";
import type { Preview } from "./usePreview";

const PROMPTS = { unit: "prompts", per_s: null, left_s: null } as const;

/** Of what passes: to add so much is to put something else in its place. */
const MUCH = 0.5;
/** What leaves it itself. */
const LITTLE = 0.1;

const timesWords = (times: number): string => {
  const written = formatNumber(times, 2);
  return written === "1" ? "as much again" : `${written} times as much`;
};

export function Previewed({ preview, label }: { preview: Preview; label: (id: number) => string }) {
  const { data, trouble, isFetching, progress } = preview;
  if (trouble) return <TroubleNote trouble={trouble} />;
  if (isFetching && !data)
    return (
      <ProgressBar
        label="Reading what the patch is made of"
        progress={
          progress
            ? {
                stage: "Reading prompts",
                done: progress.done,
                of: progress.total,
                ...PROMPTS,
              }
            : null
        }
      />
    );
  if (!data) return null;
  const written = equationOf(data.patch);
  const tokens = (ids: readonly number[]) =>
    ids.map((id) => (
      <bdi key={id} className={classes.token}>
        {label(id)}
      </bdi>
    ));
  return (
    <Part title="What it does">
      {written && <p className={classes.equation}>{written.equation}</p>}
      <p className={classes.says}>At strength 1: {data.says}</p>
      {data.usual !== null && (
        <p className={classes.none}>
          What passes there is {formatNumber(data.usual, 3)} long on average.
          {data.patch.kind === "steer" && data.patch.scale >= MUCH * data.usual && (
            <>
              {" "}
              <b className={classes.much}>
                Strength 1 adds {timesWords(data.patch.scale / data.usual)}, which drowns what the model says there:
                begin at {formatNumber((LITTLE * data.usual) / data.patch.scale, 1)}.
              </b>
            </>
          )}
        </p>
      )}
      {data.promotes.length > 0 && (
        <p className={classes.tokens} title="By the final norm's gain and W_U, its scale left out">
          <span className="label">Raises</span> {tokens(data.promotes)} <span className="label">Lowers</span>{" "}
          {tokens(data.suppresses)}
        </p>
      )}
      {data.kept !== "" && (
        <p className={classes.none}>
          It is kept here already, as{" "}
          <Link to="/patches/$hash" params={{ hash: data.hash }}>
            <bdi>{data.kept}</bdi>
          </Link>
          .
        </p>
      )}
    </Part>
  );
}
