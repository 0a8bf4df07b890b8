import fc from "fast-check";
import { digestOf } from "./digest";

test("the same numbers have the same name, and others another one", () => {
  const ids = fc.array(fc.nat(50_000), { maxLength: 20 });
  fc.assert(
    fc.property(ids, ids, (some, others) => {
      expect(digestOf([...some])).toBe(digestOf(some));
      expect(digestOf(some) === digestOf(others)).toBe(some.join() === others.join());
    }),
  );
  expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  expect(digestOf([0])).not.toBe(digestOf([0, 0]));
});
