/** The sparse autoencoders that read a token, as sections: which come first, and which are one under several names. */
import type { FeatureReading } from "../api/types";
import { sameAs } from "./saes";

export interface Section {
  reading: FeatureReading;
  /** Other names of the same weights that read the token too. */
  also: readonly string[];
  /** Names under which one of its features may colour the text. */
  names: readonly string[];
}

/**
 * Harvested ones first, else as they come; the same weights once, under the name of their dictionary where one has it.
 * `twins`: groups of slugs of the same weights.
 */
export function sectionsOf(readings: readonly FeatureReading[], twins: readonly (readonly string[])[]): Section[] {
  const groups = new Map<string, FeatureReading[]>();
  for (const reading of readings) {
    const key = sameAs(reading.sae, twins)[0] ?? reading.sae;
    groups.set(key, [...(groups.get(key) ?? []), reading]);
  }
  const sections = [...groups.values()].flatMap((alike) => {
    const reading = alike.find(({ sae, dictionary }) => sae === dictionary) ?? alike[0];
    if (!reading) return [];
    const also = alike.flatMap(({ sae }) => (sae === reading.sae ? [] : [sae]));
    return [{ reading, also, names: namesOf(alike) }];
  });
  return sections.sort((one, other) => Number(!one.reading.dictionary) - Number(!other.reading.dictionary));
}

const namesOf = (alike: readonly FeatureReading[]): string[] => [
  ...new Set(alike.flatMap(({ sae, dictionary }) => (dictionary ? [sae, dictionary] : [sae]))),
];
