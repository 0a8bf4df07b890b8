import type { FeatureExample } from "../api/types";
import {
  explained,
  failsAlike,
  firesMost,
  linkable,
  PART_NAMES,
  siteOrder,
  stacked,
  tallied,
  tracedFirst,
} from "./links";

const sae = (slug: string, site: string, site_out = "") => ({ slug, site, site_out });

test("sites stand in the order of a forward pass", () => {
  const written = ["L0.resid_pre", "L0.attn_out", "L0.resid_mid", "L0.mlp_out", "L0.resid_post", "L1.resid_pre"];
  const orders = written.map((site) => siteOrder(site) ?? -1);
  expect(orders).toEqual([...orders].sort((a, b) => a - b));
  expect(new Set(orders).size).toBe(written.length);
  expect(siteOrder("L10.resid_pre")).toBeGreaterThan(siteOrder("L9.resid_post") ?? Number.NaN);
  for (const wrong of ["", "L1", "L1.hook_z", "blocks.1.resid_post"]) expect(siteOrder(wrong)).toBeUndefined();
});

test("the nearest upstream comes first, then what lies downstream; what lies at the same place is neither", () => {
  const library = [
    sae("far", "L1.resid_post"),
    sae("near", "L6.resid_post"),
    sae("same", "L7.resid_post"),
    sae("behind", "L11.resid_post"),
    sae("next", "L8.resid_post"),
    sae("unsaid", ""),
    // It reads before, and gives back behind: it lies on neither side.
    sae("over", "L6.resid_mid", "L8.mlp_out"),
    sae("transcoder", "L7.resid_mid", "L7.mlp_out"),
  ];
  const found = linkable(sae("this", "L7.resid_post"), library);
  expect(found.map(({ sae: { slug }, direction }) => `${slug} ${direction}`)).toEqual([
    "transcoder upstream",
    "near upstream",
    "far upstream",
    "next downstream",
    "behind downstream",
  ]);
  // A transcoder's downstream begins where it gives back.
  const behind = linkable(sae("this", "L7.resid_mid", "L9.mlp_out"), library).filter(
    (one) => one.direction !== "upstream",
  );
  expect(behind.map((one) => one.sae.slug)).toEqual(["behind"]);
  expect(linkable(sae("this", ""), library)).toEqual([]);
});

test("it fires most where its activation is greatest, leading positions left out", () => {
  expect(firesMost([9, 8, 1, 3, 2], 2)).toBe(3);
  expect(firesMost([9, 8, 0, 0], 2)).toBeUndefined();
  expect(firesMost([4], 2)).toBe(0);
  expect(firesMost([], 2)).toBeUndefined();
  expect(firesMost([0, 0, 2, 2], 1)).toBe(2);
});

test("pieces lie side by side, each on its side of 0, as long as its part is", () => {
  const parts = { features: 3, error: -1, bias: 0, skip: 0.25, rest: 0.5 };
  const { pieces, zero, sum } = stacked(parts);
  expect(pieces.map(({ name }) => name)).toEqual([...PART_NAMES]);
  const total = 4.75;
  for (const { name, width, from } of pieces) {
    expect(width).toBeCloseTo(Math.abs(parts[name]) / total);
    if (parts[name] < 0) expect(from + width).toBeLessThanOrEqual(zero + 1e-9);
    else expect(from).toBeGreaterThanOrEqual(zero - 1e-9);
    for (const other of pieces)
      if (other.name !== name)
        expect(Math.min(from + width, other.from + other.width) - Math.max(from, other.from)).toBeLessThan(1e-9);
  }
  expect(sum - zero).toBeCloseTo(2.75 / total);
  expect(stacked({ features: 0, error: 0, bias: 0, skip: 0, rest: 0 }).pieces.every(({ width }) => width === 0)).toBe(
    true,
  );
});

test("words say how much is explained, and where parts cancel", () => {
  const of = (features: number, error: number) =>
    explained({ features, error, bias: 0, skip: 0, rest: 1 - features - error }, 1);
  expect(of(0.9, 0.1)).toMatch(/most/);
  expect(of(0.6, 0.2)).toMatch(/a part of it/);
  expect(of(0.2, 0.7)).toMatch(/larger than all features/);
  expect(of(3, -2)).toMatch(/more than all/);
  expect(of(1.174, -0.1)).toBe("The features have a little more than all of it.");
  expect(of(-1, 2)).toMatch(/against/);
  expect(explained({ features: 0.3, error: 0, bias: 0, skip: 0.7, rest: 0 }, 1)).toMatch(/larger than all features/);
  // Next to nothing is not against it.
  expect(of(-0.01, 1)).toMatch(/larger than all features/);
});

const example = (group: FeatureExample["group"], start: number, ids: number[]): FeatureExample => ({
  group,
  activation: 1,
  position: start,
  start,
  ids,
  activations: ids.map(() => 1),
  document: 0,
  held_out: false,
});

test("a feature is traced in the strongest example that is whole, else in the strongest", () => {
  const [cut, whole, weak] = [example("top", 7, [3, 4]), example("top", 0, [1, 5]), example("rand", 0, [1, 6])];
  const of = (...examples: FeatureExample[]) => tracedFirst(examples, [1]);
  expect(of(whole, cut)).toEqual({ ids: [1, 5], says: "Its strongest example" });
  expect(of(cut, whole)).toEqual({ ids: [1, 5], says: "Its strongest example of which nothing is missing" });
  // A weaker sample says less of it than the strongest, cut or not.
  expect(of(weak, cut)?.ids).toEqual([1, 3, 4]);
  expect(of(cut)?.says).toMatch(/from position 7 of its document on: what stood before is missing/);
  expect(of(weak)?.ids).toEqual([1, 6]);
  expect(of()).toBeUndefined();
});

test("tests that failed are not counted as tested, and end where the next would fail alike", () => {
  expect(tallied({ tested: 0, failed: 0 }, 20)).toBe("");
  expect(tallied({ tested: 20, failed: 0 }, 20)).toBe("20 of 20 tested");
  expect(tallied({ tested: 18, failed: 2 }, 20)).toBe("18 of 20 tested, 2 failed");
  expect(tallied({ tested: 0, failed: 1 }, 20)).toBe("0 of 20 tested, 1 failed");
  expect([404, 409, 503, 0].map((status) => failsAlike({ status }))).toEqual([true, true, false, false]);
});
