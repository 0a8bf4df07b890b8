import {
  differenceOf,
  type LensGrid,
  metricDomain,
  metricValues,
  type PositionLens,
  predictionsOf,
  probabilityOf,
  rowsOf,
  scaleTo,
  withEnds,
} from "./lens";

const lens = (ids: number[], probs: number[]): PositionLens => ({
  layers: ["embed", 0],
  k: 2,
  topIds: Uint16Array.from(ids),
  topProbs: Float32Array.from(probs),
  entropy: [2, 1],
  prob: [0.25, 0.5],
});
const reading = lens([7, 8, 9, 7], [0.5, 0.25, 0.75, 0.125]);

const grid = (prob: number[], positions = [0, 1]): LensGrid => ({
  layers: ["embed", 0],
  positions,
  tokens: [5, 6],
  ids: [1, 2, 3, 4],
  prob,
  entropy: [0, 0, 0, 0],
});

test("predictions come likeliest first, with their rank", () => {
  expect(predictionsOf(reading, 1)).toEqual([
    { id: 9, prob: 0.75, rank: 1 },
    { id: 7, prob: 0.125, rank: 2 },
  ]);
  expect(predictionsOf(reading, 0, 1)).toHaveLength(1);
});

test("a layer whose numbers are not finite predicts nothing", () => {
  expect(predictionsOf(lens([7, 8, 0, 0], [0.5, 0.25, Number.NaN, Number.NaN]), 1)).toEqual([]);
});

test("a token that is not kept has no probability", () => {
  expect([...probabilityOf(reading, 7)]).toEqual([0.5, 0.125]);
  expect(probabilityOf(reading, 8)[1]).toBeNaN();
});

test("rows go from the last layer to the first", () => {
  expect(rowsOf(["embed", 0, 1])).toEqual([2, 1, 0]);
  expect(rowsOf(["embed", 0, 1], true)).toEqual([0, 1, 2]);
});

test("log-probabilities are the logarithms of the probabilities", () => {
  expect(metricValues(grid([1, 0.5, 0.25, 0]), "logprob")).toEqual(
    Float32Array.from([0, Math.log(0.5), Math.log(0.25), Number.NEGATIVE_INFINITY]),
  );
});

test("domains are fixed to the metric and rank 1 is the strong end", () => {
  expect(metricDomain("prob", 100, [0.2, 0.3])).toEqual({ from: 0, to: 1, log: false, fitted: false });
  expect(metricDomain("entropy", 100, []).to).toBeCloseTo(Math.log(100));
  const rank = scaleTo(metricDomain("rank", 100, []));
  expect([rank(1), rank(10), rank(100)]).toEqual([1, 0.5, 0]);
  expect(rank(0)).toBeNaN();
  expect(metricDomain("prob", 100, [0.2, Number.NaN, 0.3], true)).toEqual({
    from: 0.2,
    to: 0.3,
    log: false,
    fitted: true,
  });
});

test("KL and log-probability have no bound: their scales reach as far as the values", () => {
  const kl = metricDomain("kl", 100, [0, 24.5, Number.NaN]);
  expect(kl).toEqual({ from: 0, to: 24.5, log: false, fitted: false, widened: true });
  expect(scaleTo(kl)(12.25)).toBe(0.5);
  expect(metricDomain("kl", 100, [0, 1])).toEqual({ from: 0, to: Math.log(100), log: false, fitted: false });
  expect(metricDomain("logprob", 100, [-1, -30, Number.NEGATIVE_INFINITY])).toMatchObject({ from: -30, widened: true });
  expect(metricDomain("logprob", 100, [-1])).toEqual({ from: -14, to: 0, log: false, fitted: false });
});

test("scales clamp, and missing stays missing", () => {
  const scale = scaleTo({ from: 0, to: 2, log: false, fitted: false });
  expect([scale(-1), scale(1), scale(3)]).toEqual([0, 0.5, 1]);
  expect(scale(Number.NaN)).toBeNaN();
});

test("a grid minus itself is zero", () => {
  const one = grid([0.1, 0.2, 0.3, 0.4]);
  expect(differenceOf(one, one, "prob")).toEqual({ values: new Float32Array(4), limit: 1, clipped: false });
});

test("differences meet by position, and what has no counterpart is missing", () => {
  const difference = differenceOf(grid([0.5, 0.5, 0.5, 0.5]), grid([0.25, 0, 0.75, 0], [1, 2]), "prob");
  expect([...(difference?.values ?? [])]).toEqual([Number.NaN, 0.25, Number.NaN, -0.25]);
});

test("a better rank is a positive difference", () => {
  const ranked = (rank: number[]) => ({ ...grid([0, 0, 0, 0]), rank });
  expect(differenceOf(ranked([1, 1, 1, 1]), ranked([10, 1, 1, 1]), "rank")?.values[0]).toBeCloseTo(Math.log(10));
  expect(differenceOf(grid([0, 0, 0, 0]), ranked([1, 1, 1, 1]), "rank")).toBeNull();
});

test("one wild value does not set the scale", () => {
  const width = 1000;
  const wide = (prob: Float32Array): LensGrid => ({
    layers: [0],
    positions: Array.from({ length: width }, (_, i) => i),
    tokens: new Uint16Array(width),
    ids: new Uint16Array(width),
    prob,
    entropy: new Float32Array(width),
  });
  const difference = differenceOf(
    wide(Float32Array.from({ length: width }, (_, i) => (i === 3 ? 1 : 0.125))),
    wide(new Float32Array(width)),
    "prob",
  );
  expect(difference).toMatchObject({ limit: 0.125, clipped: true });
});

test("chosen ends stand in the places of the scale's own", () => {
  const own = metricDomain("prob", 100, [0, 1]);
  expect(withEnds(own, {})).toBe(own);
  expect(withEnds(own, { hi: 0.5 })).toMatchObject({ from: 0, to: 0.5, chosen: true });
  expect(withEnds(metricDomain("rank", 100, []), { lo: 1, hi: 10 })).toMatchObject({ from: 10, to: 1, log: true });
});

test("ends that leave no scale are left aside", () => {
  const own = metricDomain("prob", 100, [0, 1]);
  expect(withEnds(own, { lo: 1 })).toBe(own);
  expect(withEnds(own, { lo: 0.5, hi: 0.2 })).toBe(own);
  const rank = metricDomain("rank", 100, []);
  expect(withEnds(rank, { lo: 0, hi: 10 })).toBe(rank);
});
