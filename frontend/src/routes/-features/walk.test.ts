import { FEATURES_DEFAULTS, featuresSearch } from "./params";
import { isWalk, orderOf, orderWords, placeWords } from "./walk";

const order = (more: object = {}) => orderOf(featuresSearch.parse({ sae: "l8", row: "7", cols: "id", ...more }));

test("a table's order is what filters and sorts it, and not what it shows", () => {
  expect(Object.keys(order())).not.toEqual(expect.arrayContaining(["row"]));
  expect(isWalk(order())).toBe(false);
  expect(isWalk(order(FEATURES_DEFAULTS))).toBe(false);
  const others = [
    { q: "a" },
    { sort: "max" },
    { desc: "1" },
    { state: "all" },
    { list: "x" },
    { starred: "1" },
    { density: "0.1-" },
  ];
  expect(others.map((one) => isWalk(order(one)))).toEqual(others.map(() => true));
});

test("an order is told in words", () => {
  expect(orderWords(order({ q: "dog", within: "label", starred: "1", sort: "density", desc: "1" }))).toBe(
    "“dog” in labels, starred, the densest first",
  );
  expect(orderWords(order({ state: "dead" }))).toBe("dead, by index");
});

test("a place is counted from one, and one that was left out since says so", () => {
  expect(placeWords({ row: 11, total: 1340 })).toBe("12 of 1\u2009340");
  expect(placeWords({ row: null, total: 3 })).toBe("not among them any more");
  expect(placeWords(undefined)).toBeUndefined();
});
