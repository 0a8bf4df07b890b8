import { comparedMeasures, measured, shortNumber } from "./saes";

test("less variance unexplained is better, more loss recovered too, and L0 is neither", () => {
  const rows = comparedMeasures({ fvu: 0.1, loss_recovered: 0.9, l0: 32 }, { fvu: 0.2, loss_recovered: 0.95, l0: 16 });
  const by = Object.fromEntries(rows.map(({ measure, winner }) => [measure.key, winner]));
  expect(by).toEqual({ fvu: "a", loss_recovered: "b", l0: undefined });
});

test("a measure that one of the two lacks has no difference and no winner", () => {
  expect(comparedMeasures({ fvu: 0.1 }, {})[0]).toMatchObject({ a: 0.1, b: undefined, delta: undefined });
  expect(comparedMeasures({}, { note: "text" })).toEqual([]);
});

test("what is no finite number is missing", () => {
  for (const value of [null, "0.1", Number.NaN, Number.POSITIVE_INFINITY])
    expect(measured({ fvu: value }, "fvu")).toBeUndefined();
  expect(shortNumber(undefined)).toBe("–");
  expect(shortNumber(-0.012345)).toBe("−0.0123");
});
