/** One number per token for its shading: from the frame that was streamed with it, else from the stored grid. */
import type { StripColoring } from "../../components/TokenStrip";
import { at, type LensGrid, METRICS, metricDomain } from "../../lib/lens";
import type { Material } from "./material";
import type { View } from "./params";

/** Rows × positions × vocabulary up to which a page asks for the grid by itself. */
const EASY_CELLS = 2e9;

/** Whether reading the whole text at every layer is quick enough to be done unasked. */
export const isEasy = ({ ids, model }: Material): boolean =>
  (model.n_layers + 1) * ids.length * model.d_vocab <= EASY_CELLS;

/** What the strip's colour means. At the last layer the KL is 0 everywhere, so the middle one is taken. */
export const coloringName = (metric: View["metric"], { model }: Material): string =>
  metric === "kl" ? `KL of L${middleLayer(model.n_layers)} to the last layer` : METRICS[metric].name;

const middleLayer = (n_layers: number) => Math.floor(n_layers / 2);

function fromGrid(grid: LensGrid, metric: View["metric"], n_layers: number): ArrayLike<number> | undefined {
  switch (metric) {
    case "prob":
    case "logprob":
      return grid.targetProb;
    case "entropy":
      return grid.entropy;
    case "rank":
      return grid.rank;
    case "kl":
      return grid.kl && sliceRow(grid.kl, middleLayer(n_layers) + 1, grid.positions.length, grid.layers.length);
  }
}

/** The row as if it were the last one, so that all metrics are read alike. */
const sliceRow = (values: ArrayLike<number>, row: number, width: number, rows: number): ArrayLike<number> =>
  Float32Array.from({ length: rows * width }, (_, cell) => values[row * width + (cell % width)] ?? Number.NaN);

function fromFrame(material: Material, position: number, metric: View["metric"]): number {
  const frame = material.stream?.lens(position);
  if (!frame) return Number.NaN;
  if (metric === "prob" || metric === "logprob") return at(frame.chosen, frame.rows - 1);
  if (metric === "entropy") return at(frame.entropy, frame.rows - 1);
  if (metric !== "rank") return Number.NaN;
  const from = (frame.rows - 1) * frame.k;
  const top = Array.from({ length: frame.k }, (_, i) => at(frame.topIds, from + i));
  const rank = top.indexOf(material.ids[position] ?? -1);
  return rank < 0 ? Number.NaN : rank + 1;
}

/** The shading of a whole text. `grid` is the reading *for* each token, or undefined while there is none. */
export function coloringOf(
  material: Material,
  grid: LensGrid | undefined,
  metric: View["metric"],
  fit: boolean,
): StripColoring {
  const { ids, model } = material;
  const values = new Float32Array(ids.length).fill(Number.NaN);
  const stored = grid && fromGrid(grid, metric, model.n_layers);
  const width = grid?.positions.length ?? 0;
  const from = ((grid?.layers.length ?? 1) - 1) * width;
  for (let position = 0; position < ids.length; position++) {
    const known = stored && position < width ? at(stored, from + position) : Number.NaN;
    const value = Number.isNaN(known) ? fromFrame(material, position, metric) : known;
    values[position] = metric === "logprob" ? Math.log(value) : value;
  }
  const domain = metricDomain(metric, model.d_vocab, values, fit);
  return { name: coloringName(metric, material), values, domain, unit: METRICS[metric].unit };
}
