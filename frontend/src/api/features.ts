/** Every query of features: its key and its fetch, defined together, once. */
import { queryOptions } from "@tanstack/react-query";
import type { FeatureRef } from "../lib/featureRef";
import { PAGE_ROWS } from "../lib/rows";
import { address, body, http } from "./http";
import { ask } from "./live";
import type { Source, Weights } from "./queries";
import { Trouble } from "./trouble";

export const featureKeys = {
  all: ["features"] as const,
  of: (sae: string) => ["features", sae] as const,
};

/** Which rows of a dictionary, and in which order. */
export interface FeatureQuestion {
  sae: string;
  sort: "id" | "density" | "max" | "label" | "score";
  desc: boolean;
  state: "live" | "dead" | "all";
  /** What is searched for, and where; none where undefined. */
  q: string | undefined;
  /** Id of a list: its features alone. */
  list: string | undefined;
  /** Only those that somebody marked. */
  starred: boolean;
  within: "all" | "label" | "token" | "logit" | "text";
  /** `low-high`. */
  density: string | undefined;
  max: string | undefined;
}

/** Rows `page` · 200 up to 200 more of them. */
export const featurePage = (question: FeatureQuestion, page: number) =>
  queryOptions({
    queryKey: [...featureKeys.of(question.sae), "rows", question, page],
    queryFn: ({ signal }) =>
      body(
        http.GET("/api/features", {
          params: { query: { ...question, offset: page * PAGE_ROWS, limit: PAGE_ROWS } },
          signal,
        }),
      ),
  });

/** What was harvested here. */
export const dictionaries = queryOptions({
  queryKey: [...featureKeys.all, "dictionaries"],
  queryFn: () => body(http.GET("/api/features/dictionaries")),
});

/** Of what the other filters leave, whatever the order. */
export const featureHistograms = ({ sort: _, desc: __, ...filters }: FeatureQuestion) =>
  queryOptions({
    queryKey: [...featureKeys.of(filters.sae), "histograms", filters],
    queryFn: ({ signal }) => body(http.GET("/api/features/histograms", { params: { query: filters }, signal })),
  });

export const feature = ({ sae, index }: FeatureRef) =>
  queryOptions({
    queryKey: [...featureKeys.of(sae), "one", index],
    queryFn: () => body(http.GET("/api/features/{sae}/{index}", { params: { path: { sae, index } } })),
  });

/** Where a feature stands among those rows, and which ones stand beside it. */
export const featurePlace = (index: number, { sae, ...question }: FeatureQuestion) =>
  queryOptions({
    queryKey: [...featureKeys.of(sae), "place", index, question],
    queryFn: ({ signal }) =>
      body(
        http.GET("/api/features/{sae}/{index}/place", {
          params: { path: { sae, index }, query: question },
          signal,
        }),
      ),
  });

/** The address of the rows as a file: what the page saves is what `curl` would. */
export const exportAddress = (question: FeatureQuestion, format: "csv" | "parquet" | "jsonl"): string =>
  address("/api/features/export", {
    ...question,
    desc: String(question.desc),
    starred: String(question.starred),
    format,
  });

/** As many digits and commas as an address takes. */
const INDICES_MAX = 50_000;

/** These features alone, whatever the filters, in the table's order; undefined where they are too many for an address. */
export function exportOfAddress(
  { sae, sort, desc }: FeatureQuestion,
  indices: readonly string[],
  format: "csv" | "parquet" | "jsonl",
): string | undefined {
  const joined = indices.join(",");
  const whatever = { sae, sort, desc: String(desc), state: "all", format, indices: joined };
  return joined.length > INDICES_MAX ? undefined : address("/api/features/export", whatever);
}

/** What a feature is tried on: a text, or the token ids of one. */
export type Tried = string | readonly number[];

/** Where a feature fires in a text that is given; the model reads it. */
export const tried = ({ sae, index }: FeatureRef, given: Tried) =>
  queryOptions({
    queryKey: [...featureKeys.of(sae), "tried", index, given],
    queryFn: () => {
      const what = typeof given === "string" ? { text: given, ids: null } : { text: null, ids: [...given] };
      return ask({ type: "try_feature", sae, feature: index, ...what }, "tried_feature");
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

const sourced = (source: Source) =>
  "trace" in source ? { trace: source.trace, conversation: null } : { ...source, trace: null };

const whileAway = {
  retry: (count: number, thrown: unknown) => thrown instanceof Trouble && thrown.status === 0 && count < 5,
  retryDelay: 600,
} as const;

export interface PositionQuestion {
  source: Source;
  weights: Weights;
  epoch: number;
  position: number;
  /** Slugs; empty is every SAE of the library that reads the text's model. */
  saes: readonly string[];
  /** Features listed per SAE. */
  k: number;
}

/** The features that fire at one position, from the kept residuals. */
export const positionFeatures = (question: PositionQuestion) =>
  queryOptions({
    queryKey: [...featureKeys.all, "at", question],
    queryFn: () => {
      const { source, position, saes, k } = question;
      return ask({ type: "read_features", ...sourced(source), position, saes: [...saes], k }, "position_features");
    },
    ...whileAway,
  });

export interface ColorQuestion {
  source: Source;
  weights: Weights;
  epoch: number;
  /** Tokens when it was asked: a grown conversation is another reading. */
  length: number;
  feature: FeatureRef;
}

/** One feature's activation at every token of a text. */
export const featureActivations = (question: ColorQuestion) =>
  queryOptions({
    queryKey: [...featureKeys.all, "color", question],
    queryFn: () => {
      const { source, feature: of } = question;
      return ask(
        { type: "color_by_feature", ...sourced(source), sae: of.sae, feature: of.index },
        "feature_activations",
      );
    },
    staleTime: Number.POSITIVE_INFINITY,
    ...whileAway,
  });

/** Any feature that the filters leave; asked anew every time. */
export const randomFeature = ({ sort: _, desc: __, ...filters }: FeatureQuestion) =>
  queryOptions({
    queryKey: [...featureKeys.of(filters.sae), "random", filters],
    queryFn: () => body(http.GET("/api/features/random", { params: { query: filters } })),
    staleTime: 0,
    gcTime: 0,
  });

/** Features in Neuronpedia's shape; those without an example are left out. */
export const neuronpediaOf = (sae: string, indices: readonly number[]) =>
  queryOptions({
    queryKey: [...featureKeys.of(sae), "neuronpedia", indices],
    queryFn: () =>
      body(
        http.GET("/api/features/{sae}/neuronpedia", {
          params: { path: { sae }, query: { indices: indices.join(",") } },
        }),
      ),
    staleTime: 0,
  });

/** Selections that were kept. */
export const featureLists = (sae: string) =>
  queryOptions({
    queryKey: [...featureKeys.of(sae), "lists"],
    queryFn: () => body(http.GET("/api/feature-lists", { params: { query: { sae } } })),
  });
