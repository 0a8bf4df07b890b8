import { comparedMeasures, formatMeasure, measured } from "./saes";

test("less variance unexplained is better, more loss recovered too, and L0 is neither", () => {
  const on = { rows: 100, tokens: 120, ce_clean: 1.5 };
  const rows = comparedMeasures(
    { ...on, fvu: 0.1, mse: 2, loss_recovered: 0.9, l0: 32 },
    { ...on, fvu: 0.2, mse: 4, loss_recovered: 0.95, l0: 16 },
  );
  const by = Object.fromEntries(rows.map(({ measure, winner }) => [measure.key, winner]));
  expect(by).toEqual({ fvu: "a", mse: "a", loss_recovered: "b", l0: undefined, ce_clean: undefined });
});

test("measured on other rows or in other documents, neither is the better one", () => {
  const a = { rows: 2_065, fvu: 0.1, mse: 2, tokens: 400, ce_clean: 1.5, kl: 0.2 };
  const winners = (other: Record<string, number>) =>
    comparedMeasures(a, { ...a, fvu: 0.2, mse: 4, kl: 0.1, ...other }).flatMap(({ measure, winner, elsewhere }) =>
      winner || elsewhere ? [`${measure.key} ${winner ?? "elsewhere"}`] : [],
    );
  expect(winners({})).toEqual(["fvu a", "kl b", "mse a"]);
  expect(winners({ rows: 100_000 })).toEqual(["fvu elsewhere", "kl b", "mse elsewhere"]);
  expect(winners({ mse: 4.01 }), "as many rows of another variance").toEqual([
    "fvu elsewhere",
    "kl b",
    "mse elsewhere",
  ]);
  expect(winners({ ce_clean: 1.6 })).toEqual(["fvu a", "kl elsewhere", "mse a"]);
});

test("a measure that one of the two lacks has no difference and no winner", () => {
  expect(comparedMeasures({ fvu: 0.1 }, {})[0]).toMatchObject({ a: 0.1, b: undefined, delta: undefined });
  expect(comparedMeasures({}, { note: "text" })).toEqual([]);
});

test("what is no finite number is missing", () => {
  for (const value of [null, "0.1", Number.NaN, Number.POSITIVE_INFINITY])
    expect(measured({ fvu: value }, "fvu")).toBeUndefined();
});

test("a KL that is rounding is no figure, and other figures keep their digits", () => {
  expect([formatMeasure("kl", 9.3e-8), formatMeasure("fvu", 9.3e-8), formatMeasure("kl", undefined)]).toEqual([
    "< 1e−6",
    "9.3e−8",
    "–",
  ]);
});
