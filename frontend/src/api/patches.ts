/** Every query of patches: its key and its fetch, defined together, once. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import type { SetMember, Stretch } from "../lib/patchRail";
import type { Tried } from "./features";
import { body, http } from "./http";
import { ask, liveKeys } from "./live";
import { type Source, trace, type Weights } from "./queries";
import type { LensName, NewPatch, PatchScope, PatchSet, PatchSource, Trace } from "./types";

export const patchKeys = { all: ["patches"] as const, list: liveKeys.patches };

/** What is kept here, the last kept first. */
export const patches = (q: string, kind: string) =>
  queryOptions({
    queryKey: [...patchKeys.list, q, kind],
    queryFn: ({ signal }) => body(http.GET("/api/patches", { params: { query: { q, kind } }, signal })),
    staleTime: 0,
  });

export const patch = (hash: string) =>
  queryOptions({
    queryKey: [...patchKeys.all, "one", hash],
    queryFn: () => body(http.GET("/api/patches/{hash}", { params: { path: { hash } } })),
  });

export const keepPatch = (made: NewPatch) => body(http.POST("/api/patch", { body: made }));

/** Where a feature fires, as sets keep it: the SAE by its hash. */
export const scopeWhereFires = (asked: { sae: string; feature: number; above: number }): Promise<PatchScope> =>
  body(http.POST("/api/patch-scopes", { body: { type: "feature", site: null, ...asked } }));

/** What is in force, and the text that the model is given. */
export interface Trial {
  /** One patch at every token; or the members of a set, each where the set has it. */
  source: PatchSource | readonly SetMember[];
  /** How much of it, of a set times each member's own; 0 is none. */
  strength: number;
  given: Tried;
}

/** Next tokens of either prediction that are listed. */
const LISTED = 6;
/** Random pushes beside it. */
const CONTROLS = 4;
/** Of those, how many are told of a text that goes on: each is a text of its own. */
const CONTROLS_GOING_ON = 3;
/** Tokens that a text goes on for. */
const NEW_TOKENS = 30;

/** At which tokens a patch on trial acts. */
export const ACTS = { type: "all" } as const satisfies PatchScope;

const isSet = (source: Trial["source"]): source is readonly SetMember[] => Array.isArray(source);

/** The members of a set at a strength. */
export const atStrength = (members: readonly SetMember[], strength: number): SetMember[] =>
  members.map((member) => ({ ...member, strength: member.strength * strength }));

/** A trial as the socket takes it. */
export const asked = ({ source, strength, given }: Trial) => ({
  model: null,
  members: isSet(source) ? atStrength(source, strength).map(keptMember) : [{ source, strength, scope: ACTS }],
  against: [],
  generated: [],
  ...(typeof given === "string" ? { text: given, ids: null } : { text: null, ids: [...given] }),
});

/** The next token with and without the patch, and with random pushes as hard. */
export const triedPatch = (trial: Trial) =>
  queryOptions({
    queryKey: [...patchKeys.all, "tried", trial],
    queryFn: () =>
      ask(
        { type: "try_patches", ...asked(trial), k: LISTED, controls: CONTROLS, lens: null, everywhere: true },
        "patches_tried",
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** How the text goes on with and without the patch, and with random pushes as hard. */
export const continuedPatch = (trial: Trial) =>
  queryOptions({
    queryKey: [...patchKeys.all, "continued", trial],
    queryFn: () =>
      ask(
        { type: "continue_patched", ...asked(trial), n_tokens: NEW_TOKENS, controls: CONTROLS_GOING_ON },
        "patches_continued",
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What was in force together. */
export const patchSet = (hash: string) =>
  queryOptions({
    queryKey: [...patchKeys.all, "set", hash],
    queryFn: () => body(http.GET("/api/patch-sets/{hash}", { params: { path: { hash } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

const keptMember = ({ hash, strength, scope }: SetMember) => ({
  source: { type: "kept" as const, hash },
  strength,
  scope,
});

/** Keeps patches of the library as a set, in order; `patchSet` of its hash is known then. */
export async function keepSet(client: QueryClient, model: string | null, members: readonly SetMember[]) {
  const made: PatchSet = await body(
    http.POST("/api/patch-sets", { body: { model, members: members.map(keptMember) } }),
  );
  client.setQueryData(patchSet(made.hash).queryKey, made);
  return made.hash;
}

/** A set, and a place in a text that can be looked at. */
export interface SetTrial {
  /** Tells the text from others of the model. */
  text: string;
  weights: Weights;
  /** Of the model. */
  slug: string;
  /** Rewritten conversations count up. */
  epoch: number;
  /** In the order in which they act. */
  members: readonly SetMember[];
  /** Another set beside it; empty is none. */
  against: readonly SetMember[];
  /** The text's tokens up to the place, without the one that is predicted there. */
  ids: readonly number[];
  /** What of them the model wrote: each from a position to before another. */
  generated: readonly Stretch[];
}

/** The same text has the same tokens: thousands of them are no part of a key. */
const setKey = <T extends SetTrial>({ ids, ...trial }: T) => ({ ...trial, length: ids.length, last: ids.at(-1) });

const askedOfSet = ({ slug, members, against, ids, generated }: SetTrial) => ({
  model: slug,
  members: members.map(keptMember),
  against: against.map(keptMember),
  text: null,
  ids: [...ids],
  generated: generated.map(([start, end]): [number, number] => [start, end]),
});

/** `lens` reads every layer too; null reads none. */
export type LayeredTrial = SetTrial & { lens: LensName | null };

/** The next token with and without a set, and with random pushes as hard. */
export const triedSet = (trial: LayeredTrial) =>
  queryOptions({
    queryKey: [...patchKeys.all, "tried set", setKey(trial)],
    queryFn: () =>
      ask(
        {
          type: "try_patches",
          ...askedOfSet(trial),
          k: LISTED,
          controls: CONTROLS,
          lens: trial.lens,
          everywhere: false,
        },
        "patches_tried",
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** How the text goes on with and without a set, and with random pushes as hard. */
export const continuedSet = (trial: SetTrial) =>
  queryOptions({
    queryKey: [...patchKeys.all, "continued set", setKey(trial)],
    queryFn: () =>
      ask(
        { type: "continue_patched", ...askedOfSet(trial), n_tokens: NEW_TOKENS, controls: CONTROLS_GOING_ON },
        "patches_continued",
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A text under a set in the place of its own; null is the model as it is. */
export interface Under {
  source: Source;
  /** Rewritten conversations count up. */
  epoch: number;
  /** Tokens in it: a conversation that has grown is another text. */
  length: number;
  patches: string | null;
}

/** The trace of the same tokens under another set: run where that has not been done. */
export const traceUnder = (client: QueryClient, under: Under) =>
  queryOptions({
    queryKey: ["trace", "under", under],
    queryFn: async (): Promise<Trace> => {
      const { source, patches } = under;
      const of = "trace" in source ? { trace: source.trace } : { conversation: source.conversation };
      const run = await body(
        http.POST("/api/traces", { body: { model: null, text: null, ids: null, patches, ...of } }),
      );
      client.setQueryData(trace(run.hash).queryKey, run);
      return run;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where the patches of a conversation's turns acted. */
export const actedIn = (conversation: string, epoch: number, length: number) =>
  queryOptions({
    queryKey: [...patchKeys.all, "acted", conversation, epoch, length],
    queryFn: ({ signal }) =>
      body(http.GET("/api/conversations/{id}/acted", { params: { path: { id: conversation } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Puts another set in force in the turn that is written, from its next token on. */
export const switchPatches = (conversation: string, patches: string | null) =>
  ask({ type: "switch_patches", conversation, patches }, "done");

/** Runs the text with the patch and as the model is; the hashes of both traces, the same where strength is 0, and the
 * text's last position. */
export async function tracedPatch({ trial, model }: { trial: Trial; model: string }) {
  const { members, text, ids } = asked(trial);
  const run = async (patches: string | null) =>
    await body(http.POST("/api/traces", { body: { model, text, ids, conversation: null, patches } }));
  const { hash: plain, ids: read } = await run(null);
  const last = read.length - 1;
  if (trial.strength === 0) return { plain, patched: plain, last };
  const set = await body(http.POST("/api/patch-sets", { body: { model, members } }));
  return { plain, patched: (await run(set.hash)).hash, last };
}
