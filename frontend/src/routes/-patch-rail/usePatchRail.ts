/** A rail and the address, each after the other. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { streamOf } from "../../api/live";
import { keepSet, patchSet, switchPatches } from "../../api/patches";
import { asTrouble, type Trouble } from "../../api/trouble";
import { adopted, type Edit, edited, type Rail, redone, released, undone } from "../../lib/patchRail";
import { complain } from "../-shell/complain";
import { type RailPlace, standing } from "./place";
import { type Bring, type How, NEW, railOf } from "./rails";

type Wish = string | undefined | ((now: string | undefined) => [patches: string | undefined, vs: string]);

export interface PatchRail {
  rail: Rail;
  /** Hash of the set in force, as the address has it. */
  patches: string | undefined;
  edit: (edit: Edit) => void;
  undo: () => void;
  redo: () => void;
  /** What was dragged is let go. */
  release: () => void;
  /** Puts another set in force, undefined for none; or what follows from the one that is, and a comparison beside it. */
  go: (wish: Wish) => void;
  /** Why what is on the rail is not in force. */
  refused: Trouble | undefined;
}

/** Key of the rail of the chat at hand. */
export function useChatKey(): string {
  const { conversation } = useParams({ strict: false });
  return conversation ?? NEW;
}

export function usePatchRail(place: RailPlace): PatchRail {
  const { key, patches, model } = place;
  const store = railOf(key);
  const client = useQueryClient();
  const router = useRouter();
  const rail = useSyncExternalStore(store.subscribe, store.rail);
  const [refused, setRefused] = useState<Trouble>();
  const { data: set } = useQuery({ ...patchSet(patches ?? ""), enabled: patches !== undefined });

  const told = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
      setRefused(undefined);
    } catch (thrown) {
      setRefused(asTrouble(thrown));
      throw thrown;
    }
  };
  const bring: Bring = async (members, how, from) => {
    let has = from;
    await told(async () => {
      const hash = members.length === 0 ? undefined : await keepSet(client, model, members);
      // Who has left meanwhile finds the rail as it is when coming back; who went to another set of it is heard.
      const now = standing(router, client);
      if (now?.key !== key || now.patches !== from) return;
      if (now.patches !== hash) await place.go(hash, how);
      has = hash;
    });
    return has;
  };
  const follow = (how: How) => store.follow(how, standing(router, client)?.patches, bring, place.acts);

  const latest = useRef(follow);
  useEffect(() => {
    latest.current = follow;
  });
  useEffect(() => {
    let shown = true;
    const adopt = () => {
      // An address that the rail itself goes on from is no wish.
      if (!shown || store.behind || patches !== standing(router, client)?.patches) return;
      if (store.takesUp(patches)) latest.current("push");
      else if (patches === undefined) store.set(adopted(store.rail(), []));
      else if (set) store.set(adopted(store.rail(), set.members));
    };
    // Whoever goes back while it comes after the rail is heard once it has.
    if (store.behind) store.settled().then(adopt);
    else adopt();
    return () => {
      shown = false;
    };
  }, [store, router, client, patches, set]);

  const put = (next: Rail) => {
    const before = store.rail();
    if (next.shelf === before.shelf) return store.set(next);
    const dragged = next.held !== null && next.held === before.held;
    store.set(next);
    follow(dragged ? "replace" : "push");
  };
  return {
    rail,
    patches,
    edit: (edit) => put(edited(store.rail(), edit)),
    undo: () => put(undone(store.rail())),
    redo: () => put(redone(store.rail())),
    release: () => put(released(store.rail())),
    go: (wish) =>
      void told(async () => {
        await store.hurried();
        const now = standing(router, client);
        if (now?.key !== key) return;
        const [other, vs] = typeof wish === "function" ? wish(now.patches) : [wish];
        await place.go(other, "push", vs);
      }).catch(() => {}),
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
  const key = useChatKey();
  const client = useQueryClient();
  const router = useRouter();
  return async () => {
    await railOf(key).hurried();
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
