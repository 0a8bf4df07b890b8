/** How the text goes on with patches, once somebody asks. */
import { Button } from "@mantine/core";
import { type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useTrouble } from "../../api/live";
import type { PatchesContinued } from "../../api/types";
import { Continuations } from "../../components/Continuations";
import { TroubleNote } from "../../components/States";
import type { Vocab } from "../../lib/tokens";
import { usePreferences } from "../-shell/preferences";
import classes from "./Patches.module.css";
import { Wait } from "./Waited";

interface Props<K extends QueryKey> {
  asked: UseQueryOptions<PatchesContinued, Error, PatchesContinued, K>;
  vocab: Vocab;
}

export function Continued<K extends QueryKey>({ asked, vocab }: Props<K>) {
  const [{ whitespace }] = usePreferences();
  const { data, error, isFetching, refetch } = useQuery({ ...asked, enabled: false });
  const trouble = useTrouble(error);
  return (
    <section aria-label="How it goes on" className={classes.part}>
      <h3 className="label">How it goes on</h3>
      <p className={classes.goes}>
        <Button variant="default" aria-busy={isFetching} onClick={() => !isFetching && refetch()}>
          {isFetching ? "Writing…" : "Continue"}
        </Button>{" "}
        <span className="mute">
          The likeliest token each time: as the model is, patched, and pushed in random directions, at each place as
          hard as the patch pushes there.
        </span>
      </p>
      {isFetching && <Wait />}
      {trouble && <TroubleNote trouble={trouble} />}
      {data && (
        <div role="status">
          <Continuations {...{ vocab, whitespace }} {...data} length={data.ids.length} />
        </div>
      )}
    </section>
  );
}
