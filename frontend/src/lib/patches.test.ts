import fc from "fast-check";
import type { FeatureExample } from "../api/types";
import {
  contentOf,
  controlPoints,
  differing,
  elsewhere,
  equationOf,
  fullBar,
  klWords,
  pointsOf,
  rangeWords,
  scopeWords,
  spreadOf,
  strengthsOf,
  upToPeak,
  verdict,
  WAYS,
  wayOf,
} from "./patches";

const aToken = (base: number, patched: number, ...controls: number[]) => ({
  token_id: 1,
  base,
  patched,
  controls,
  other_controls: [],
  other: null,
});

test("a way is found by its kind; everywhere is for ablating alone", () => {
  for (const way of WAYS) expect(wayOf(way.kind, way.everywhere)).toBe(way);
  expect(wayOf("steer", true).name).toBe("Steer");
});

test("every kind has 0 among its strengths, and it is nothing", () => {
  for (const kind of [...WAYS.map((way) => way.kind), "brought along"]) {
    const { min, max, marks } = strengthsOf(kind);
    expect(marks).toContainEqual({ value: 0, label: "nothing" });
    expect(marks.every(({ value }) => value >= min && value <= max)).toBe(true);
  }
});

test("a difference is told in points, beside the least and the most of random pushes", () => {
  const token = aToken(0.2, 0.65, 0.21, 0.17);
  expect(pointsOf(token)).toBeCloseTo(45);
  const [low = 0, high = 0] = controlPoints(token) ?? [];
  expect([low, high].map((one) => Math.round(one))).toEqual([-3, 1]);
  expect(controlPoints(aToken(0.2, 0.3))).toBeUndefined();
});

test("a full bar is the next round probability, whichever of them is the greatest", () => {
  expect(fullBar([aToken(0.01, 0.02)])).toBe(0.05);
  expect(fullBar([aToken(0.01, 0.02, 0.3)])).toBe(0.5);
  expect(fullBar([aToken(0.01, 0.51)])).toBe(1);
  expect(fullBar([])).toBe(0.05);
});

test("the spread is that of a sample", () => {
  expect(spreadOf([1, 3])).toEqual({ mean: 2, sd: Math.SQRT2 });
  expect(spreadOf([4])).toEqual({ mean: 4, sd: 0 });
});

test("KL is told beside that of random pushes", () => {
  expect(klWords(3.14, [0.05, 0.021])).toBe("3.1 nats; random pushes as hard: 0.021–0.05");
  expect(klWords(0, [0, 0])).toBe("0 nats; random pushes as hard: 0");
  expect(klWords(1, [])).toBe("1 nat");
  expect(klWords(9.3e-8, [2e-8, 4e-7])).toBe("< 1e−6 nats; random pushes as hard: < 1e−6");
  expect(rangeWords([0.0211, 0.0209])).toBe("0.021");
});

test("where a patch acts is said, and that BOS is not exempt", () => {
  const all = { type: "all" } as const;
  expect(scopeWords(all, [0, 5], [0])).toBe("on every token, BOS too");
  expect(scopeWords(all, [4, 5], [0])).toBe("on every token");
  expect(scopeWords(all, [4, 5], [])).toBe("on every token");
  expect(scopeWords({ type: "prompt" }, [0, 5], [0])).toBe("on the prompt, BOS too");
  expect(scopeWords({ type: "generated" }, [0, 5], [0])).toBe("on what was generated");
  expect(scopeWords({ type: "span", start: 0, end: 2 }, [0, 5, 6], [0])).toBe("on tokens 0 to 1, BOS too");
  expect(scopeWords({ type: "span", start: 1, end: 3 }, [0, 5, 6], [0])).toBe("on tokens 1 to 2");
});

test("whether an effect is more than that of any push is said", () => {
  expect(verdict(0, [0, 0])).toBe("Nothing is changed.");
  expect(verdict(3, [0.1, 0.2])).toBe("20 times as much as they do on average.");
  expect(verdict(0.15, [0.1, 0.2])).toMatch(/^No more than they do/);
  expect(verdict(0.05, [0.1, 0.2])).toMatch(/^Less than any of them/);
  expect(verdict(3, [0, 0])).toBe("They change nothing.");
  expect(verdict(3, [])).toBe("");
  expect(verdict(3, [1e-8])).toBe("They change nothing.");
  expect(verdict(9.3e-8, [1e-8])).toBe("Nothing but what rounding does.");
  expect(elsewhere(9.3e-8, [{ base: 0.001 }, { base: 0.998 }])).toMatch(/all but certain here: try another text/);
  expect(elsewhere(9.3e-8, [{ base: 0.5 }])).toBe("");
  expect(elsewhere(0, [{ base: 0.998 }])).toBe("");
  expect(elsewhere(3, [{ base: 0.998 }])).toBe("");
});

test("tokens that both texts have in the same order do not differ", () => {
  expect(differing([1, 2, 3], [1, 9, 2, 3])).toEqual([false, true, false, false]);
  expect(differing([1, 2, 3], [2, 3])).toEqual([false, false]);
  expect(differing([], [5])).toEqual([true]);
});

test("what does not differ is a part of the base, and of equal texts nothing differs", () => {
  const ids = fc.array(fc.nat(3), { maxLength: 12 });
  fc.assert(
    fc.property(ids, ids, (base, other) => {
      const same = other.filter((_, place) => !differing(base, other)[place]);
      let from = 0;
      for (const id of same) {
        from = base.indexOf(id, from) + 1;
        expect(from).toBeGreaterThan(0);
      }
      expect(differing(base, base)).not.toContain(true);
    }),
  );
});

const STEER = { kind: "steer", site: "L7.resid_post", direction: "AACAPwAAAAA=", scale: 125 } as const;
const ABLATE = { kind: "ablate", direction: "AACAPwAAAAA=", site: null } as const;
const SCALE = { kind: "scale", direction: "AACAPwAAAAA=", writers: [] } as const;
const CLAMP = { kind: "clamp", sae: "0".repeat(64), site: "L7.resid_post", feature: 3, value: 2.5 } as const;

const ADAPTER = { kind: "adapter", adapter: "a".repeat(64) } as const;

test("a patch says by which equation it acts", () => {
  const all = [STEER, ABLATE, { ...SCALE, writers: [] }, CLAMP, ADAPTER];
  expect(all.map((patch) => equationOf(patch)?.equation)).toEqual([
    "x ← x + s · 125 · d",
    "x ← x − s ⟨x, d⟩ d",
    "y ← y + s ⟨y, d⟩ d",
    "x ← x + s (2.5 − a(x₀)) d",
    "W ← W + s γ B A",
  ]);
});

test("a text to begin with is the strongest example up to its peak", () => {
  const top: FeatureExample = {
    group: "top",
    activation: 2,
    position: 9,
    start: 8,
    ids: [5, 6, 7],
    activations: [0, 2, 0],
    document: 0,
    held_out: false,
  };
  expect(upToPeak([{ ...top, group: "q50", ids: [1] }, top], [0])).toEqual([0, 5, 6]);
  expect(upToPeak([], [0])).toBeUndefined();
});

test("the numbers of a direction are counted, not written out; all else is as it is", () => {
  expect(contentOf(STEER)).toEqual({
    kind: "steer",
    site: "L7.resid_post",
    scale: 125,
    direction: "2 numbers, float32 in base64: AACAPwAAAAA=…",
  });
  expect(contentOf(CLAMP)).toEqual(CLAMP);
});
