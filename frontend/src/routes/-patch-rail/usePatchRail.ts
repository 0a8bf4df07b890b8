/** A rail and the address, each after the other. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { streamOf } from "../../api/live";
import { keepSet, patchSet, switchPatches } from "../../api/patches";
import { asTrouble, type Trouble } from "../../api/trouble";
import { adopted, type Edit, edited, type Rail, redone, released, undone } from "../../lib/patchRail";
import { complain } from "../-shell/complain";
import { NEW, railOf } from "./rails";

export interface PatchRail {
  rail: Rail;
  /** Hash of the set in force, as the address has it. */
  patches: string | undefined;
  edit: (edit: Edit) => void;
  undo: () => void;
  redo: () => void;
  /** What was dragged is let go. */
  release: () => void;
  /** Why what is on the rail is not in force. */
  refused: Trouble | undefined;
}

/** Key of the rail of the page at hand. */
export function useRailKey(): string {
  const { conversation } = useParams({ strict: false });
  return conversation ?? NEW;
}

interface Args {
  patches: string | undefined;
  /** Slug of the model that they are for; the current one by default. */
  model: string | null;
}

export function usePatchRail({ patches, model }: Args): PatchRail {
  const key = useRailKey();
  const store = railOf(key);
  const client = useQueryClient();
  const router = useRouter();
  const rail = useSyncExternalStore(store.subscribe, store.rail);
  const [refused, setRefused] = useState<Trouble>();
  const { data: set } = useQuery({ ...patchSet(patches ?? ""), enabled: patches !== undefined });

  useEffect(() => {
    // An address that the rail itself goes on from is no wish.
    if (store.behind || patches !== router.state.location.search.patches) return;
    if (patches === undefined) store.set(adopted(store.rail(), []));
    else if (set) store.set(adopted(store.rail(), set.members));
  }, [store, router, patches, set]);

  const put = (next: Rail) => {
    const before = store.rail();
    if (next.shelf === before.shelf) return store.set(next);
    const dragged = next.held !== null && next.held === before.held;
    const { pathname } = router.state.location;
    store.set(next);
    store.follow(dragged ? "replace" : "push", async (members, how) => {
      try {
        const hash = members.length === 0 ? undefined : await keepSet(client, model, members);
        setRefused(undefined);
        // Who has left meanwhile finds the rail as it is when coming back.
        const { location } = router.state;
        if (location.pathname !== pathname || location.search.patches === hash) return;
        await router.navigate({
          to: ".",
          // Without a set the rail would close by itself.
          search: (now) => ({ ...now, patches: hash, ...(hash === undefined && { rail: true }) }),
          replace: how === "replace",
        });
      } catch (thrown) {
        setRefused(asTrouble(thrown));
      }
    });
  };
  return {
    rail,
    patches,
    edit: (edit) => put(edited(store.rail(), edit)),
    undo: () => put(undone(store.rail())),
    redo: () => put(redone(store.rail())),
    release: () => put(released(store.rail())),
    refused,
  };
}

/** While a turn is written, another set in the address is put in force in it, from its next token on. */
export function useSwitching(conversation: string, patches: string | undefined): () => Promise<string | null> {
  const inForce = useInForce();
  const seen = useRef(patches);
  useEffect(() => {
    // What the address was opened with is no wish to change a turn that somebody has begun.
    if (seen.current === patches) return;
    seen.current = patches;
    if (!streamOf(conversation).view().generating) return;
    inForce()
      .then((now) => switchPatches(conversation, now))
      .catch(complain);
  });
  return inForce;
}

/** What a turn is begun with: the set that is in force once the address has come after the rail; null is the model as it is. */
export function useInForce(): () => Promise<string | null> {
  const key = useRailKey();
  const client = useQueryClient();
  const router = useRouter();
  return async () => {
    await railOf(key).settled();
    const { patches } = router.state.location.search;
    if (patches === undefined) return null;
    try {
      return (await client.ensureQueryData(patchSet(patches))).hash;
    } catch (thrown) {
      // The page says that it is not here, and goes on without.
      if (asTrouble(thrown).status === 404) return null;
      throw thrown;
    }
  };
}
