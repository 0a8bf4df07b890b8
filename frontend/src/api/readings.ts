/** The wire's three shapes of a lens reading as the views' one: streamed frames, exact rows, stored grids. */
import { type LayerName, type LensGrid, mapped, type PositionLens } from "../lib/lens";
import { once } from "../lib/once";
import { type Safetensors, type Tensor, tensor } from "./safetensors";
import type { LiveLens } from "./stream";
import type { Component, LensRow } from "./types";

/** What the wire writes where no rank is: the largest number of the array's dtype. */
const noRank = ({ dtype }: Tensor): number => (dtype === "U16" ? 0xffff : 0xffffffff);

/** The names of `rows` rows: of the residual stream `embed`, then the blocks; of what a block adds, the blocks alone. */
export const layersOf = (rows: number, component: Component = "resid"): LayerName[] =>
  Array.from({ length: rows }, (_, row) => (component !== "resid" ? row : row === 0 ? "embed" : row - 1));

/** A frame that was streamed with its token. */
export const ofFrame = (frame: LiveLens): PositionLens => ({
  layers: layersOf(frame.rows),
  k: frame.k,
  topIds: frame.topIds,
  topProbs: frame.topProbabilities,
  entropy: frame.entropy,
  prob: frame.chosen,
});

/** Exact rows, or null where there is no reading. Ranks count from 1 in the views and from 0 on the wire. */
export function ofRows(rows: readonly LensRow[]): PositionLens | null {
  if (rows.length === 0) return null;
  const k = Math.max(...rows.map(({ ids }) => ids.length));
  // A row that is not finite has no predictions: their places are taken by nothing.
  const filled = (values: readonly number[], nothing: number) =>
    Array.from({ length: k }, (_, i) => values[i] ?? nothing);
  return {
    layers: rows.map(({ layer }) => layer),
    k,
    topIds: rows.flatMap(({ ids }) => filled(ids, 0)),
    topProbs: rows.flatMap(({ logprobs }) => filled(logprobs.map(Math.exp), Number.NaN)),
    entropy: rows.map(({ entropy }) => entropy ?? Number.NaN),
    prob: rows.map(({ logprob }) => (logprob === null ? Number.NaN : Math.exp(logprob))),
    rank: rows.map(({ rank }) => (rank === null ? Number.NaN : rank + 1)),
    kl: rows.map(({ kl_to_last }) => kl_to_last ?? Number.NaN),
  };
}

/** The tensor called `name`; throws where it does not have one value per cell. */
function ofCells(file: Safetensors, name: string, rows: number, width: number): Tensor {
  const found = tensor(file, name);
  if (found.shape.length !== 2 || found.shape[0] !== rows || found.shape[1] !== width)
    throw new Error(`lens grid: expected ${name} of ${rows} layers × ${width} positions, got [${found.shape}]`);
  return found;
}

/**
 * A stored grid; `start` is the position of its first column. A picture needs one of its arrays of numbers, and every one
 * takes milliseconds when the model is tall and the text long: each is made when it is first asked for.
 */
export function readGrid(file: Safetensors, start: number, component: Component): LensGrid {
  const { values: tokens } = tensor(file, "ids");
  const [rows = 0] = tensor(file, "top_ids").shape;
  const cells = (name: string) => ofCells(file, name, rows, tokens.length);
  const [topIds, topLogprob, targetLogprob] = [cells("top_ids"), cells("top_logprob"), cells("target_logprob")];
  const [entropy, ranks, kl] = [cells("entropy"), cells("rank"), cells("kl_to_last")];
  const none = noRank(ranks);
  const prob = once(() => mapped(topLogprob.values, Math.exp));
  const targetProb = once(() => mapped(targetLogprob.values, Math.exp));
  const rank = once(() => mapped(ranks.values, (value) => (value === none ? Number.NaN : value + 1)));
  return {
    head: file.metadata.message,
    layers: layersOf(rows, component),
    positions: Array.from({ length: tokens.length }, (_, column) => start + column),
    tokens,
    get ids() {
      return topIds.values;
    },
    get prob() {
      return prob();
    },
    get entropy() {
      return entropy.values;
    },
    get targetProb() {
      return targetProb();
    },
    get rank() {
      return rank();
    },
    get kl() {
      return kl.values;
    },
  };
}
