/** Links between the features of two SAEs: which SAEs lie before or behind one, and the parts that an activation is made of. */
import type { FeatureExample } from "../api/types";
import { givenAs } from "./features";

/** The order in which a sequential block computes its sites. */
const ORDER = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"];

/** When a forward pass reaches `L10.resid_post` and its kin: greater is later; undefined for what is no site of ours. */
export function siteOrder(site: string): number | undefined {
  const [, layer, name = ""] = /^L(\d+)\.([a-z_]+)$/.exec(site) ?? [];
  const place = ORDER.indexOf(name);
  return layer === undefined || place < 0 ? undefined : Number(layer) * ORDER.length + place;
}

export type Direction = "upstream" | "downstream";

/** What places an SAE in a model, as the library tells it. */
export interface Placed {
  slug: string;
  site: string;
  /** Empty for an autoencoder: it gives back what it reads. */
  site_out: string;
}

export interface OtherSae<S extends Placed> {
  sae: S;
  direction: Direction;
}

const outOf = ({ site, site_out }: Pick<Placed, "site" | "site_out">) => siteOrder(site_out || site);

/** SAEs that lie before or behind one: upstream those that give back before it reads, the nearest first, then downstream. */
export function linkable<S extends Placed>(one: Pick<Placed, "site" | "site_out">, saes: readonly S[]): OtherSae<S>[] {
  const [reads, writes] = [siteOrder(one.site), outOf(one)];
  if (reads === undefined || writes === undefined) return [];
  const apart = saes.flatMap((sae): (OtherSae<S> & { distance: number })[] => {
    const [from, to] = [siteOrder(sae.site), outOf(sae)];
    if (from === undefined || to === undefined) return [];
    if (to < reads) return [{ sae, direction: "upstream", distance: reads - to }];
    return writes < from ? [{ sae, direction: "downstream", distance: from - writes }] : [];
  });
  const rank = ({ direction }: OtherSae<S>) => (direction === "upstream" ? 0 : 1);
  return apart
    .sort((a, b) => rank(a) - rank(b) || a.distance - b.distance || a.sae.slug.localeCompare(b.sae.slug))
    .map(({ sae, direction }) => ({ sae, direction }));
}

/** Where a feature fires most, `skipped` leading positions left out unless there is nothing else; undefined where nowhere. */
export function firesMost(activations: readonly number[], skipped: number): number | undefined {
  const first = Math.min(skipped, activations.length - 1);
  let best: number | undefined;
  for (let place = first; place < activations.length; place++)
    if ((activations[place] ?? 0) > (best === undefined ? 0 : (activations[best] ?? 0))) best = place;
  return best;
}

export interface Stretch {
  /** The example's tokens, as a model reads them by themselves. */
  ids: readonly number[];
  says: string;
}

/**
 * The example in which a feature is traced at first: of the strongest the first that is whole, so that it fires there as
 * on its overview; where all of them were cut out of their documents, the strongest. Undefined where it never fired.
 */
export function tracedFirst(examples: readonly FeatureExample[], begins: readonly number[]): Stretch | undefined {
  const top = examples.filter(({ group }) => group === "top");
  const strongest = top[0] ?? examples[0];
  if (!strongest) return undefined;
  const whole = top.find((example) => givenAs(example, begins).whole);
  const { ids } = givenAs(whole ?? strongest, begins);
  if (whole === strongest) return { ids, says: "Its strongest example" };
  if (whole) return { ids, says: "Its strongest example of which nothing is missing" };
  const from = `from position ${strongest.start} of its document on: what stood before is missing`;
  return { ids, says: `Its strongest example, ${from}` };
}

/** Tests of links, one after the other. */
export interface Tally {
  tested: number;
  failed: number;
}

/** Such as `18 of 20 tested, 2 failed`; empty before the first. */
export function tallied({ tested, failed }: Tally, of: number): string {
  if (tested + failed === 0) return "";
  return `${tested} of ${of} tested${failed > 0 ? `, ${failed} failed` : ""}`;
}

/** Whether the next test would fail like this one: what it asks of is not there, or does not fit. */
export const failsAlike = ({ status }: { status: number }): boolean => status === 404 || status === 409;

/** What an activation is made of; they add up to it. */
export interface Parts {
  features: number;
  error: number;
  bias: number;
  /** Of the input and of no feature: 0 of most SAEs. */
  skip: number;
  rest: number;
}

export const PART_NAMES = ["features", "error", "bias", "skip", "rest"] as const;

export type PartName = (typeof PART_NAMES)[number];

/** A part as a stretch of a bar that is 1 wide. */
export interface Piece {
  name: PartName;
  value: number;
  from: number;
  width: number;
}

/** The parts side by side: those below 0 to the left of `zero`, the others to its right, all to one scale. `sum` is where they end together. */
export function stacked(parts: Parts): { pieces: Piece[]; zero: number; sum: number } {
  const all = PART_NAMES.map((name) => ({ name, value: parts[name] }));
  const below = all.reduce((sum, { value }) => sum - Math.min(0, value), 0);
  const above = all.reduce((sum, { value }) => sum + Math.max(0, value), 0);
  const scale = below + above > 0 ? 1 / (below + above) : 0;
  const zero = below * scale;
  let [left, right] = [zero, zero];
  const pieces = all.map(({ name, value }) => {
    const width = Math.abs(value) * scale;
    if (value < 0) {
      left -= width;
      return { name, value, from: left, width };
    }
    right += width;
    return { name, value, from: right - width, width };
  });
  return { pieces, zero, sum: (above - below) * scale + zero };
}

/** How much of an activation the features explain, in words: what a share of it would hide where parts cancel is said. */
export function explained(parts: Parts, activation: number): string {
  const share = parts.features / activation;
  const others = Math.max(...[parts.error, parts.bias, parts.skip, parts.rest].map(Math.abs));
  if (share < -0.05) return "The features together work against it: what holds it up is not among them.";
  if (share > 1.25) return "The features have more than all of it: what is not among them takes much away again.";
  if (others > Math.abs(parts.features)) return "A part that is no feature is larger than all features together.";
  if (share > 1.0005) return "The features have a little more than all of it.";
  return share >= 0.75 ? "The features explain most of it." : "The features explain a part of it.";
}
