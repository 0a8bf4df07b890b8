/** The wire's three shapes of a lens reading as the views' one: streamed frames, exact rows, stored grids. */
import { checkGrid, type LayerName, type LensGrid, type PositionLens } from "../lib/lens";
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

/** A loop: `Float32Array.from` walks an iterator, which takes ten times as long. */
function map({ values }: Tensor, change: (value: number) => number): Float32Array {
  const changed = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) changed[i] = change(values[i] ?? Number.NaN);
  return changed;
}

/** A stored grid; `start` is the position of its first column. */
export function readGrid(file: Safetensors, start: number, component: Component): LensGrid {
  const [rows = 0, width = 0] = tensor(file, "top_ids").shape;
  const ranks = tensor(file, "rank");
  return checkGrid({
    layers: layersOf(rows, component),
    positions: Array.from({ length: width }, (_, column) => start + column),
    tokens: tensor(file, "ids").values,
    ids: tensor(file, "top_ids").values,
    prob: map(tensor(file, "top_logprob"), Math.exp),
    entropy: tensor(file, "entropy").values,
    targetProb: map(tensor(file, "target_logprob"), Math.exp),
    rank: map(ranks, (rank) => (rank === noRank(ranks) ? Number.NaN : rank + 1)),
    kl: tensor(file, "kl_to_last").values,
  });
}
