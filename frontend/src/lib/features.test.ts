import * as fc from "fast-check";
import { coloringFeature, featureId, featureOf } from "./featureRef";
import { givenAs, logitsAt, oneIn, strongest, trimmed, typedIds } from "./features";

test("a feature's name is read as it is written", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9._-]{1,20}$/), fc.nat(999_999_999), (sae, index) => {
      expect(featureOf(featureId({ sae, index }))).toEqual({ sae, index });
      expect(coloringFeature(`feature:${featureId({ sae, index })}`)).toEqual({ sae, index });
    }),
  );
});

test("what names no feature is none", () => {
  for (const text of [undefined, "", "l10", "l10/", "l10/x", "/3", "a/b/3", "l10/-1", "l10/1.5"])
    expect(featureOf(text)).toBeUndefined();
  expect(coloringFeature("prob")).toBeUndefined();
});

test("a stretch is cut to the context, and its peak keeps its token", () => {
  const stretch = { position: 14, start: 10, ids: [0, 1, 2, 3, 4, 5, 6], activations: [0, 0, 1, 0, 9, 2, 0] };
  const cut = trimmed(stretch, 2);
  expect(cut).toEqual({ position: 14, start: 12, ids: [2, 3, 4, 5, 6], activations: [1, 0, 9, 2, 0], peak: 2 });
  expect(cut.activations[cut.peak]).toBe(9);
});

test("a stretch that begins with the text has fewer tokens before its peak", () => {
  const stretch = { position: 1, start: 0, ids: [7, 8, 9], activations: [0, 5, 0] };
  expect(trimmed(stretch, 16)).toEqual({ ...stretch, peak: 1 });
  expect(trimmed(stretch, 0)).toEqual({ position: 1, start: 1, ids: [8], activations: [5], peak: 0 });
});

test("a stretch from the beginning of a document is given as it stands, one from within it behind BOS", () => {
  const [bos, words] = [[50], [7, 8, 9]];
  const whole = { ids: [50, 7, 8, 9], token: 2, whole: true };
  expect(givenAs({ position: 2, start: 0, ids: [50, ...words] }, bos)).toEqual(whole);
  expect(givenAs({ position: 2, start: 1, ids: words }, bos)).toEqual(whole);
  expect(givenAs({ position: 12, start: 10, ids: words }, bos)).toEqual({ ...whole, token: 3, whole: false });
  expect(givenAs({ position: 2, start: 1, ids: words }, [])).toEqual({ ids: words, token: 1, whole: false });
});

test("what a tokenizer puts before a text is not typed", () => {
  expect(typedIds([50, 7], [50])).toEqual([7]);
  expect(typedIds([7, 50], [50])).toEqual([7, 50]);
  expect(typedIds([7], [])).toEqual([7]);
});

test("the strongest places come first, and what does not fire is none of them", () => {
  expect(strongest([0, 3, 1, 3, -1, Number.NaN], 5)).toEqual([1, 3, 2]);
  expect(strongest([0, 3, 1], 1)).toEqual([1]);
});

test("a token that is not listed has no logit", () => {
  expect([...logitsAt([4, 5], [{ id: 5, value: -2 }])]).toEqual([Number.NaN, -2]);
});

test("a density is said as one in so many", () => {
  expect(oneIn(0.0005)).toBe("1 in 2\u2009000");
  expect(oneIn(0)).toBe("never");
});
