/** What `vs` names: the same tokens under the other lens or under other patches, another conversation, another trace. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { patchSet, traceUnder } from "../../api/patches";
import { sameText } from "../../api/queries";
import { asTrouble } from "../../api/trouble";
import type { LensName } from "../../api/types";
import { useSetWords } from "../-patch-rail/names";
import { type Loadable, type Material, useConversation, useTrace } from "./material";
import type { View } from "./params";

export interface Side {
  /** Heading of what is being looked at. */
  ownTitle: string;
  /** Heading of what it is compared with. */
  title: string;
  material: Material;
  lens: LensName;
  /** Both are the same tokens under other patches: the titles name those. */
  sets: boolean;
}

const OTHER_LENS = /^lens:(logit|tuned)$/;
const OTHER_SET = /^set:(.+)$/;

/** The model as it is, as `vs` names it. */
export const BASE = "base";

/** How `vs` names a set; null is the model as it is. */
export const vsOfSet = (hash: string | null): string => (hash === null ? BASE : `set:${hash}`);

/** The lens that `vs` names, if it names one. */
export function otherLens(vs: string | undefined): LensName | undefined {
  const name = vs === undefined ? undefined : OTHER_LENS.exec(vs)?.[1];
  return name === "logit" || name === "tuned" ? name : undefined;
}

/** The set that `vs` names for the same tokens: its hash, null for the model as it is; undefined where it names none. */
export function otherSet(vs: string | undefined): string | null | undefined {
  if (vs === undefined) return undefined;
  return vs === BASE ? null : OTHER_SET.exec(vs)?.[1];
}

export interface Sides {
  side: Side | undefined;
  /** A conversation's tokens under the set in force, which stand in its place beside another set: A. */
  own: Material | undefined;
  /** The other conversation, for a pane of its own. */
  conversation: string | undefined;
  /** The set that stands beside the same tokens, null for the model as it is; undefined where something else does, or nothing. */
  against: string | null | undefined;
  /** A claim that could not be kept, or what is still on its way. */
  pending: Exclude<Loadable<Material>, { state: "ready" }> | undefined;
}

const NOTHING: Sides = {
  side: undefined,
  own: undefined,
  conversation: undefined,
  against: undefined,
  pending: undefined,
};

/** The same tokens under a set, as a trace: of a conversation once somebody looks at a token, since it grows. */
function useUnder(own: Material | undefined, set: string | null | undefined, wanted: boolean): Loadable<Material> {
  const client = useQueryClient();
  const run = useQuery({
    ...traceUnder(client, {
      source: own?.source ?? { conversation: "" },
      epoch: own?.epoch ?? 0,
      length: own?.ids.length ?? 0,
      patches: set ?? null,
    }),
    enabled: own !== undefined && set !== undefined && wanted && !own.generating && own.ids.length > 0,
  });
  const kept = useQuery({ ...patchSet(set ?? ""), enabled: typeof set === "string" });
  const found = useTrace(run.data?.hash);
  const absent = [kept, run].find(({ error }) => error !== null);
  if (absent) return { state: "failed", trouble: asTrouble(absent.error), retry: () => absent.refetch() };
  return run.data ? found : { state: "loading", what: "Running the text under the other patches…" };
}

/**
 * Resolves `vs`.
 *
 * Args:
 *   page: undefined while the page itself still loads.
 *   inForce: hash of the set in force in a conversation; undefined for none.
 */
export function useSides(
  page: Material | undefined,
  view: View,
  kind: "conversation" | "trace",
  inForce?: string,
): Sides {
  const lens = otherLens(view.vs);
  const set = otherSet(view.vs);
  const id = lens === undefined && set === undefined ? view.vs : undefined;
  const conversation = useConversation(kind === "conversation" ? id : undefined).material;
  const trace = useTrace(kind === "trace" ? id : undefined);
  const under = useUnder(page, set, kind === "trace" || view.token !== undefined);
  // It may have been said under several sets, or under another one: A is the whole of it under the one in force.
  const asA = kind === "conversation" && set !== undefined;
  const mine = useUnder(page, asA ? (inForce ?? null) : undefined, view.token !== undefined);
  const own = asA && mine.state === "ready" ? mine.value : page;
  const other =
    asA && mine.state !== "ready" ? mine : set !== undefined ? under : kind === "conversation" ? conversation : trace;
  const beside = other.state === "ready" ? other.value : undefined;
  // A trace may be of the same tokens too.
  const twin = kind === "trace" && own && beside && sameText(own.source, beside.source) ? beside.patches : undefined;
  const against = set === undefined ? twin : set;
  const words = useSetWords([own?.patches, against].filter((hash) => typeof hash === "string"));
  if (!own || view.vs === undefined) return NOTHING;
  if (lens !== undefined) {
    const titles = { ownTitle: `${view.lens} lens`, title: `${lens} lens` };
    return { ...NOTHING, side: { ...titles, material: own, lens, sets: false } };
  }
  const pane = kind === "conversation" ? id : undefined;
  if (!beside) {
    // Beside a conversation's own tokens nothing has a pane.
    const quiet =
      other.state === "ready" || (kind === "conversation" && set !== undefined && other.state === "loading");
    return { ...NOTHING, conversation: pane, against, pending: quiet ? undefined : other };
  }
  const sets = against !== undefined;
  const ownTitle = !sets ? own.title : own.schedule.length > 0 ? "as it was said" : words(own.patches);
  const title = sets ? (beside.schedule.length > 0 ? "as it was said" : words(against)) : beside.title;
  return {
    side: { ownTitle, title, material: beside, lens: view.lens, sets },
    own: asA ? own : undefined,
    conversation: pane,
    against,
    pending: undefined,
  };
}
