/** Tokens that can be looked at: a conversation or a trace, with the model and the vocabulary that belong to it. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useOutline, useStream } from "../../api/live";
import {
  conversations,
  type GridQuestion,
  grid,
  lensRows,
  model,
  type Source,
  sameText,
  sameWeights,
  trace,
  vocab,
  type Weights,
  weightsOf,
} from "../../api/queries";
import { ofFrame, ofRows } from "../../api/readings";
import type { ConversationStream, StreamView } from "../../api/stream";
import { asTrouble, type Trouble } from "../../api/trouble";
import type { InForceFrom, LensName, LensRows, ModelInfo, Role, Trace, Turn } from "../../api/types";
import { digestOf } from "../../lib/digest";
import type { LensGrid, PositionLens } from "../../lib/lens";
import { rangeEnds } from "../../lib/search";
import type { Vocab } from "../../lib/tokens";
import { useModelLoading } from "../-shell/loadModel";
import type { View } from "./params";
import { titleOf } from "./text";

export interface Material {
  source: Source;
  title: string;
  ids: readonly number[];
  /** One for each token. */
  roles: readonly Role[];
  /** Empty for a trace. */
  turns: readonly Turn[];
  /** Hash of the set that a trace was run with; null for the model as it is, and for a conversation, whose turns tell. */
  patches: string | null;
  /** Of a trace for which a set was put in the place of another: from which position on which was in force. */
  schedule: readonly InForceFrom[];
  epoch: number;
  model: ModelInfo;
  vocab: Vocab;
  /** Set while a conversation is being looked at. */
  stream: ConversationStream | undefined;
  generating: boolean;
}

export type Loadable<T> =
  | { state: "loading"; what: string }
  | { state: "failed"; trouble: Trouble; retry: () => void }
  | { state: "ready"; value: T };

const failed = (query: UseQueryResult<unknown>): Loadable<never> => ({
  state: "failed",
  trouble: asTrouble(query.error),
  retry: () => query.refetch(),
});

/** Each turn's role at each of its positions; positions outside of all turns are the template's. */
export function rolesOf(turns: readonly Turn[], length: number): Role[] {
  const roles: Role[] = Array.from({ length }, () => "template");
  for (const { role, start, end } of turns) roles.fill(role, start, Math.min(end, length));
  return roles;
}

function useModelOf(slug: string | undefined): Loadable<{ model: ModelInfo; vocab: Vocab }> {
  const about = useQuery({ ...model(slug ?? ""), enabled: slug !== undefined });
  const named = about.data ?? { slug: "", tokenizer_sha256: "" };
  const words = useQuery({ ...vocab(named), enabled: about.data !== undefined });
  const busy = useModelLoading();
  // What was had once stays readable while the server is away or begins anew.
  if (about.data && words.data) return { state: "ready", value: { model: about.data, vocab: words.data } };
  const query = about.error ? about : words;
  if (query.error && !busy) return failed(query);
  return { state: "loading", what: busy ?? "Loading the model's vocabulary…" };
}

export interface LiveConversation {
  material: Loadable<Material>;
  view: StreamView;
}

/** A conversation with everything that is needed to show it, turn by turn; nothing while there is no id. */
export function useConversation(id: string | undefined): LiveConversation {
  const { view, stream } = useOutline(id);
  const { conversation, ids, turns, epoch, generating, trouble } = view;
  const belongs = useModelOf(conversation?.model);
  // The list hears of a new title; the stream was told the one that there was.
  const { data: list } = useQuery({ ...conversations(), enabled: id !== undefined });
  const title = list?.items.find((row) => row.id === id)?.title ?? conversation?.title ?? "";
  if (!conversation || id === undefined) {
    if (trouble) return { view, material: { state: "failed", trouble, retry: () => window.location.reload() } };
    return { view, material: { state: "loading", what: "Opening the conversation…" } };
  }
  if (belongs.state !== "ready") return { view, material: belongs };
  const value: Material = {
    source: { conversation: id },
    title,
    ids,
    roles: rolesOf(turns, ids.length),
    turns,
    patches: null,
    schedule: [],
    epoch,
    ...belongs.value,
    stream,
    generating,
  };
  return { view, material: { state: "ready", value } };
}

/** The material with the tokens that have come since: for what shows the turn that is being written. */
export function useGrowing(material: Material): Material {
  const { source } = material;
  const { view } = useStream("trace" in source ? undefined : source.conversation);
  if ("trace" in source) return material;
  const { ids, turns, epoch, generating } = view;
  return { ...material, ids, turns, epoch, generating, roles: rolesOf(turns, ids.length) };
}

/** Of a trace's title. */
const TITLE_TOKENS = 16;

/** The same for traces of the same tokens under the same weights, whatever patches they were run with. */
export const textName = ({ weights_sha256, ids }: Pick<Trace, "weights_sha256" | "ids">): string =>
  `${weights_sha256.slice(0, 16)}-${digestOf(ids)}`;

/** A trace with everything that is needed to show it; nothing while there is no hash. */
export function useTrace(hash: string | undefined): Loadable<Material> {
  const found = useQuery({ ...trace(hash ?? ""), enabled: hash !== undefined });
  const belongs = useModelOf(found.data?.model);
  if (found.error) return failed(found);
  if (!found.data) return { state: "loading", what: "Opening the trace…" };
  if (belongs.state !== "ready") return belongs;
  const { ids, roles, patches, schedule } = found.data;
  const set = patches ?? schedule?.find((one) => one.set !== null)?.set;
  const value: Material = {
    source: { trace: found.data.hash, text: textName(found.data) },
    title: titleOf(ids.slice(0, TITLE_TOKENS), belongs.value.vocab, ids.length > TITLE_TOKENS, set),
    ids,
    roles,
    turns: [],
    patches: patches ?? null,
    schedule: schedule ?? [],
    epoch: 0,
    ...belongs.value,
    stream: undefined,
    generating: false,
  };
  return { state: "ready", value };
}

export interface Reading {
  /** Null where there is no reading: before the first token. Undefined while it is on its way. */
  lens: PositionLens | null | undefined;
  /** All numbers are exact: rank and KL too. False for the frame that was streamed with the token. */
  exact: boolean;
  /** The token that is read about. */
  actual: number | undefined;
  computed: LensRows["computed"] | undefined;
  /** In every bit what was computed first; undefined for the streamed frame. */
  original: boolean | undefined;
  trouble: Trouble | undefined;
}

/** The token that a reading at `position` is about. */
export const actualOf = (ids: readonly number[], position: number, read: View["read"]): number | undefined =>
  ids[read === "for" ? position : position + 1];

/** What every layer says at the selected position: the streamed frame at once, the exact rows as they come. */
export function useReading(material: Material, view: View, position: number, lens: LensName = view.lens): Reading {
  const actual = actualOf(material.ids, position, view.read);
  const { source, epoch } = material;
  const weights = weightsOf(material.model);
  const { read, component, k } = view;
  const exact = useQuery({
    ...lensRows({ source, weights, epoch, position, actual, read, lens, component, k }),
    enabled: position < material.ids.length,
    placeholderData: (before, query) => {
      // A turn that goes on gives the last token its successor, a text comes under other patches: the numbers stay while
      // they are read again.
      const asked = query?.queryKey[1];
      if (typeof asked !== "object" || !sameWeights(asked.weights, weights)) return undefined;
      return sameText(asked.source, source) && asked.position === position && asked.read === read ? before : undefined;
    },
  });
  const frame =
    read === "for" && lens === "logit" && component === "resid" ? material.stream?.lens(position) : undefined;
  const trouble = exact.error ? asTrouble(exact.error) : undefined;
  if (exact.data) {
    const { rows, computed, original } = exact.data;
    return { lens: ofRows(rows), exact: true, actual, computed, original, trouble: undefined };
  }
  const streamed = frame ? ofFrame(frame) : undefined;
  return { lens: streamed, exact: false, actual, computed: undefined, original: undefined, trouble };
}

/** Positions of a span parameter, first inclusive and last exclusive; the whole text by default. */
export function spanOf(span: string | undefined, length: number): [start: number, end: number] {
  const ends = rangeEnds(span);
  if (!ends) return [0, length];
  const start = Math.min(ends[0], Math.max(0, length - 1));
  return [start, Math.max(start + 1, Math.min(ends[1] + 1, length))];
}

/** Why none of the chosen positions or layers can be shown; undefined where some of them can, or nothing is written yet. */
export function outOfRange(
  material: Extent & { model: Pick<ModelInfo, "n_layers"> },
  { span, layers }: Pick<View, "span" | "layers">,
  text = "this text",
): string | undefined {
  const [length, { n_layers }] = [settledLength(material), material.model];
  const [positions, blocks] = [rangeEnds(span), rangeEnds(layers)];
  if (length > 0 && positions && positions[0] >= length)
    return `Span ${span} lies beyond ${text}, whose positions are 0 to ${length - 1}.`;
  if (blocks && blocks[0] >= n_layers)
    return `Layers ${layers} lie beyond this model, whose layers are 0 to ${n_layers - 1}.`;
  return undefined;
}

/** The rows of a grid that `layers` names (`0-5`; `embed` stays while layer 0 is in it). */
export function cutLayers(whole: LensGrid, layers: string | undefined): LensGrid {
  const ends = rangeEnds(layers);
  if (!ends) return whole;
  const width = whole.positions.length;
  const rows = whole.layers.flatMap((layer, row) => {
    const block = layer === "embed" ? 0 : layer;
    return block >= ends[0] && block <= ends[1] ? [row] : [];
  });
  const cut = (values: ArrayLike<number>) =>
    Float64Array.from({ length: rows.length * width }, (_, cell) => {
      const row = rows[Math.floor(cell / width)] ?? 0;
      return values[row * width + (cell % width)] ?? Number.NaN;
    });
  return {
    ...whole,
    layers: rows.flatMap((row) => whole.layers[row] ?? []),
    ids: cut(whole.ids),
    prob: cut(whole.prob),
    entropy: cut(whole.entropy),
    targetProb: whole.targetProb && cut(whole.targetProb),
    rank: whole.rank && cut(whole.rank),
    kl: whole.kl && cut(whole.kl),
  };
}

/** As much of a material as says what can be read. */
export type Extent = Pick<Material, "source" | "epoch" | "ids" | "turns" | "generating"> & { model: Weights };

/** Where the text no longer changes: before the turn that is being written, else its end. */
export const settledLength = ({ generating, turns, ids }: Extent): number =>
  generating ? Math.min(turns.at(-1)?.start ?? ids.length, ids.length) : ids.length;

export const gridQuestion = (material: Extent, view: View, lens: LensName = view.lens): GridQuestion => {
  const length = settledLength(material);
  const [start, end] = spanOf(view.span, length);
  return {
    source: material.source,
    weights: weightsOf(material.model),
    epoch: material.epoch,
    length,
    read: view.read,
    lens,
    component: view.component,
    target: view.target,
    start,
    end,
  };
};

const sameBut = (one: GridQuestion, other: GridQuestion): boolean =>
  sameText(one.source, other.source) &&
  JSON.stringify({ ...one, source: 0, length: 0, end: 0 }) ===
    JSON.stringify({ ...other, source: 0, length: 0, end: 0 });

/** A heatmap of a stretch that no longer changes. */
export function useGridOf(question: GridQuestion, enabled: boolean) {
  return useQuery({
    ...grid(question),
    enabled: enabled && question.length > 0,
    // A text that has grown, or that comes under other patches, keeps its old columns until the new ones are there.
    placeholderData: (before, query) => {
      const asked = query?.queryKey[1];
      return typeof asked === "object" && sameBut(asked, question) ? before : undefined;
    },
  });
}

/** The heatmap of the view's span. */
export const useGrid = (material: Material, view: View, enabled: boolean, lens: LensName = view.lens) =>
  useGridOf(gridQuestion(material, view, lens), enabled);

/** The reading for every token of the text, for its shading. */
export function useColorGrid(material: Material, enabled: boolean) {
  const { source, epoch } = material;
  const length = settledLength(material);
  const whole = { component: "resid", lens: "logit", read: "for", target: undefined } as const;
  const weights = weightsOf(material.model);
  return useGridOf({ source, weights, epoch, length, start: 0, end: length, ...whole }, enabled);
}
