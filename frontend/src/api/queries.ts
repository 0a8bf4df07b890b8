/** Every query of the server: its key and its fetch, defined together, once. */
import { queryOptions } from "@tanstack/react-query";
import { address, body, http, tensors } from "./http";
import { ask, liveKeys } from "./live";
import { readGrid } from "./readings";
import { Trouble } from "./trouble";
import type { Component, DeviceStatus, LensName, LoadProgress, ModelChoice, ModelInfo, Read } from "./types";
import { vocabOf } from "./vocab";

/** What a reading is of. `text` names a trace's weights and tokens: traces of the same text under other patches share it. */
export type Source = { conversation: string } | { trace: string; text: string };

/** The same tokens under the same weights, whatever patches they were run with. */
export const sameText = (one: Source, other: Source): boolean =>
  "trace" in one
    ? "trace" in other && one.text === other.text
    : "conversation" in other && one.conversation === other.conversation;

const MINUTE_MS = 60_000;

export const modelInfo = queryOptions({
  queryKey: liveKeys.model,
  queryFn: () => body(http.GET("/api/model_info")),
  staleTime: MINUTE_MS,
});

export const models = queryOptions({ queryKey: liveKeys.models, queryFn: () => body(http.GET("/api/models")) });

export const model = (slug: string) =>
  queryOptions({
    queryKey: [...liveKeys.models, slug],
    queryFn: () => body(http.GET("/api/model_info", { params: { query: { model: slug } } })),
    staleTime: MINUTE_MS,
  });

/** Never stale: a slug can come to stand for other weights, but then its tokenizer's hash is another too. */
export const vocab = ({ slug, tokenizer_sha256 }: Pick<ModelInfo, "slug" | "tokenizer_sha256">) =>
  queryOptions({
    queryKey: ["vocab", slug, tokenizer_sha256],
    queryFn: async ({ signal }) => vocabOf(await tensors(`/api/models/${encodeURIComponent(slug)}/vocab`, signal)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });

/** Pushed over the socket at its heartbeat, and asked for where a turn has changed it. */
export const status = queryOptions<DeviceStatus>({
  queryKey: liveKeys.status,
  queryFn: () => body(http.GET("/api/status")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Pushed over the socket while a model loads; null otherwise. */
export const loading = queryOptions<LoadProgress | null>({
  queryKey: liveKeys.loading,
  queryFn: () => null,
  staleTime: Number.POSITIVE_INFINITY,
});

/** What is being loaded now, in words; undefined while nothing is. */
export function loadingWords(progress: LoadProgress | null | undefined, choices: readonly ModelChoice[] | undefined) {
  if (progress) return `${progress.stage} ${progress.model}…`;
  // A page that is opened in the middle of a load has heard no progress yet.
  const choice = choices?.find(({ state }) => state === "loading");
  return choice && `Loading ${choice.slug}…`;
}

export const conversations = (limit = 200) =>
  queryOptions({
    queryKey: [...liveKeys.conversations, limit],
    queryFn: () => body(http.GET("/api/conversations", { params: { query: { limit } } })),
  });

export const trace = (hash: string) =>
  queryOptions({
    queryKey: ["trace", hash],
    queryFn: () => body(http.GET("/api/traces/{hash}", { params: { path: { hash } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What was run with a model, the last first. */
export const traces = (slug: string) =>
  queryOptions({
    queryKey: ["traces", slug],
    queryFn: () => body(http.GET("/api/traces", { params: { query: { model: slug, limit: 13 } } })),
    staleTime: 0,
  });

/** What to try with a model; empty for all but the bundled one. */
export const examples = (slug: string) =>
  queryOptions({
    queryKey: ["examples", slug],
    queryFn: () => body(http.GET("/api/models/{model}/examples", { params: { path: { model: slug } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const savedView = (hash: string) =>
  queryOptions({
    queryKey: ["view", hash],
    queryFn: () => body(http.GET("/api/views/{hash}", { params: { path: { hash } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What makes the numbers: part of every key of readings, since a slug can stand for other weights after a restart. */
export type Weights = Pick<ModelInfo, "weights_sha256" | "dtype">;

/** Exactly these, of a whole model. */
export const weightsOf = ({ weights_sha256, dtype }: Weights): Weights => ({ weights_sha256, dtype });

export const sameWeights = (one: Weights, other: Weights): boolean =>
  one.weights_sha256 === other.weights_sha256 && one.dtype === other.dtype;

export interface LensQuestion {
  source: Source;
  weights: Weights;
  /** Rewritten conversations count up; a trace never does. */
  epoch: number;
  position: number;
  /** The token that is read about, or undefined: part of the key, since it appears when a turn goes on. */
  actual: number | undefined;
  read: Read;
  lens: LensName;
  component: Component;
  k: number;
}

/** Exact rows at one position, over the socket. */
export const lensRows = (question: LensQuestion) =>
  queryOptions({
    queryKey: ["lens", question],
    queryFn: () => {
      const { source, position, read, lens, component, k } = question;
      const of = "trace" in source ? { trace: source.trace, conversation: null } : { ...source, trace: null };
      return ask({ type: "read_lens", ...of, position, read, lens, component, k }, "lens_rows");
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: (count, thrown) => thrown instanceof Trouble && thrown.status === 0 && count < 5,
    retryDelay: 600,
  });

export interface GridQuestion {
  source: Source;
  weights: Weights;
  epoch: number;
  /** Positions in the conversation or trace when it was asked: a grown conversation is another grid. */
  length: number;
  read: Read;
  lens: LensName;
  component: Component;
  /** Token whose probability and rank are followed; the actual token where undefined. */
  target: number | undefined;
  /** First position, inclusive. */
  start: number;
  /** Last position, exclusive. */
  end: number;
}

/** The address of a grid: what the page fetches is what `curl` saves. */
export function gridAddress({ source, read, lens, component, target, start, end }: GridQuestion): string {
  const noun =
    "trace" in source
      ? `/api/traces/${encodeURIComponent(source.trace)}`
      : `/api/conversations/${encodeURIComponent(source.conversation)}`;
  return address(`${noun}/grid`, { read, lens, component, target, start, end });
}

export const grid = (question: GridQuestion) =>
  queryOptions({
    queryKey: ["grid", question],
    queryFn: async ({ signal }) =>
      readGrid(await tensors(gridAddress(question), signal), question.start, question.component),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
