/** The sparse autoencoders that read a token, as sections: which come first, and which are one under several names. */
import type { FeatureReading, SaeInfo } from "../api/types";
import { sameAs } from "./saes";

export interface Section {
  reading: FeatureReading;
  /** Other names of the same weights that read the token too. */
  also: readonly string[];
  /** Names under which one of its features may colour the text. */
  names: readonly string[];
}

type Origin = Pick<SaeInfo, "slug" | "where">;

/** A copy that somebody imported stands behind what it is a copy of. */
const ORDER = ["shipped", "trained", "imported"] as const;

/**
 * Harvested ones first, else as they come; the same weights once: under the name of their dictionary where one has it,
 * else under that of the original.
 * `twins`: groups of slugs of the same weights. `library`: where each comes from; empty while that is not known.
 */
export function sectionsOf(
  readings: readonly FeatureReading[],
  twins: readonly (readonly string[])[],
  library: readonly Origin[],
): Section[] {
  const where = new Map(library.map((one) => [one.slug, ORDER.indexOf(one.where)]));
  const place = ({ sae }: FeatureReading) => where.get(sae) ?? ORDER.length;
  const groups = new Map<string, FeatureReading[]>();
  for (const reading of readings) {
    const key = sameAs(reading.sae, twins)[0] ?? reading.sae;
    groups.set(key, [...(groups.get(key) ?? []), reading]);
  }
  const sections = [...groups.values()].flatMap((alike) => {
    const [original] = alike.toSorted((one, other) => place(one) - place(other));
    const reading = alike.find(({ sae, dictionary }) => sae === dictionary) ?? original;
    if (!reading) return [];
    const also = alike.flatMap(({ sae }) => (sae === reading.sae ? [] : [sae]));
    return [{ reading, also, names: namesOf(alike) }];
  });
  return sections.sort((one, other) => Number(!one.reading.dictionary) - Number(!other.reading.dictionary));
}

const namesOf = (alike: readonly FeatureReading[]): string[] => [
  ...new Set(alike.flatMap(({ sae, dictionary }) => (dictionary ? [sae, dictionary] : [sae]))),
];
