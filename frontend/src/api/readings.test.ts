import { layersOf, ofFrame, ofRows, readGrid } from "./readings";
import type { Safetensors, Values } from "./safetensors";
import type { LensRow } from "./types";

const rows: LensRow[] = [
  {
    layer: "embed",
    ids: [3, 1],
    logprobs: [Math.log(0.5), Math.log(0.25)],
    entropy: 2,
    logprob: Math.log(0.1),
    rank: 4,
    kl_to_last: 1,
  },
  {
    layer: 0,
    ids: [1, 3],
    logprobs: [Math.log(0.9), Math.log(0.05)],
    entropy: 1,
    logprob: Math.log(0.9),
    rank: 0,
    kl_to_last: 0,
  },
];

test("exact rows keep their order; ranks count from 1 in the views", () => {
  const lens = ofRows(rows);
  expect(lens?.layers).toEqual(["embed", 0]);
  expect(Array.from(lens?.rank ?? [])).toEqual([5, 1]);
  expect(Array.from(lens?.topIds ?? [])).toEqual([3, 1, 1, 3]);
  expect(lens?.prob[1]).toBeCloseTo(0.9);
});

test("no rows are no reading, and what has no actual token has no rank", () => {
  expect(ofRows([])).toBeNull();
  const none = ofRows(rows.map((row) => ({ ...row, logprob: null, rank: null })));
  expect(Array.from(none?.rank ?? [])).toEqual([Number.NaN, Number.NaN]);
});

test("a row that is not finite has neither predictions nor numbers, and moves no other row's", () => {
  const broken: LensRow = {
    layer: 1,
    ids: [],
    logprobs: [],
    entropy: null,
    logprob: null,
    rank: null,
    kl_to_last: null,
  };
  const lens = ofRows([...rows, broken]);
  expect(lens?.k).toBe(2);
  expect(Array.from(lens?.topProbs ?? []).slice(4)).toEqual([Number.NaN, Number.NaN]);
  expect(Array.from(lens?.topIds ?? []).slice(0, 4)).toEqual([3, 1, 1, 3]);
  expect([lens?.entropy[2], lens?.kl?.[2], lens?.rank?.[2]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test("a streamed frame is a reading without ranks", () => {
  const frame = { rows: 2, k: 1, topIds: [3, 1], topProbabilities: [0.5, 0.9], entropy: [2, 1], chosen: [0.1, 0.9] };
  expect(ofFrame(frame)).toEqual({
    layers: ["embed", 0],
    k: 1,
    topIds: [3, 1],
    topProbs: [0.5, 0.9],
    entropy: [2, 1],
    prob: [0.1, 0.9],
  });
});

test("a grid's rows are named by what is read", () => {
  expect(layersOf(3)).toEqual(["embed", 0, 1]);
  expect(layersOf(3, "mlp_out")).toEqual([0, 1, 2]);
});

test.each([
  ["U16", Uint16Array, 0xffff],
  ["U32", Uint32Array, 0xffffffff],
] as const)("a stored grid with %s ids becomes probabilities, positions and ranks from 1", (dtype, Ids, none) => {
  const tensor = (values: Values, shape: number[]) => ({
    dtype: values instanceof Float32Array ? "F32" : dtype,
    shape,
    values,
  });
  const cells = (...values: number[]) => tensor(Float32Array.from(values), [2, 1]);
  const file: Safetensors = {
    metadata: {},
    tensors: {
      ids: tensor(Ids.from([7]), [1]),
      top_ids: tensor(Ids.from([3, 7]), [2, 1]),
      top_logprob: cells(Math.log(0.5), 0),
      entropy: cells(2, 1),
      target_logprob: cells(Number.NaN, 0),
      rank: tensor(Ids.from([none, 0]), [2, 1]),
      kl_to_last: cells(1, 0),
    },
  };
  const grid = readGrid(file, 40, "resid");
  expect(grid.positions).toEqual([40]);
  expect(Array.from(grid.prob)).toEqual([0.5, 1]);
  expect(Array.from(grid.rank ?? [])).toEqual([Number.NaN, 1]);
});

test("a stored grid makes none of its numbers before they are asked for, and each once", () => {
  const asked: string[] = [];
  const lazy = (name: string, shape: number[], values: Values) => ({
    dtype: "F32",
    shape,
    get values() {
      asked.push(name);
      return values;
    },
  });
  const names = ["top_ids", "top_logprob", "target_logprob", "entropy", "rank", "kl_to_last"];
  const tensors = Object.fromEntries(names.map((name) => [name, lazy(name, [2, 1], new Float32Array(2))]));
  const file = { metadata: {}, tensors: { ...tensors, ids: lazy("ids", [1], new Float32Array(1)) } };
  const grid = readGrid(file, 0, "resid");
  expect(asked).toEqual(["ids"]);
  expect(grid.prob).toBe(grid.prob);
  expect(asked).toEqual(["ids", "top_logprob"]);
});

test("a stored grid of the wrong size names what it expected", () => {
  const cells = { dtype: "F32", shape: [2, 1], values: new Float32Array(2) };
  const tensors = { ids: { ...cells, shape: [1], values: new Float32Array(1) }, top_ids: cells };
  const file = { metadata: {}, tensors: { ...tensors, top_logprob: { ...cells, shape: [1, 1] } } };
  expect(() => readGrid(file, 0, "resid")).toThrow("expected top_logprob of 2 layers × 1 positions, got [1,1]");
});
