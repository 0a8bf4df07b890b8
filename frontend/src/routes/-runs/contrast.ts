/** What a contrast of two sets of prompts found, as its tables have it. */
import type { NewPatch, TablePage } from "../../api/types";

export interface Auroc {
  train: number;
  validation: number;
  /** Null of a feature that was not chosen. */
  test: number | null;
}

export interface ContrastedFeature extends Auroc {
  feature: number;
  meanToward: number;
  meanAway: number;
  shareToward: number;
  shareAway: number;
}

export interface ContrastedDirection extends Auroc {
  direction: string;
  site: string;
  /** Length of the difference that was found, in the model's own unit. */
  length: number;
  /** Base64 of its unit vector; empty where the sets' means are the same. */
  unit: string;
}

export interface Shuffle extends Auroc {
  shuffle: number;
}

type Row = (name: string) => unknown;

const rowsOf = ({ columns, rows }: TablePage): Row[] => rows.map((row) => (name) => row[columns.indexOf(name)]);
const number = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const aurocOf = (row: Row): Auroc => ({
  train: number(row("auroc_train")),
  validation: number(row("auroc_validation")),
  test: row("auroc_test") === null ? null : number(row("auroc_test")),
});

/** The chosen ones first, then as the run ranked them on its training part. */
export const featuresOf = (page: TablePage): ContrastedFeature[] =>
  rowsOf(page)
    .map((row) => ({
      feature: number(row("feature")),
      meanToward: number(row("mean_toward")),
      meanAway: number(row("mean_away")),
      shareToward: number(row("share_toward")),
      shareAway: number(row("share_away")),
      ...aurocOf(row),
    }))
    .sort((one, other) => Number(other.test !== null) - Number(one.test !== null));

export const directionsOf = (page: TablePage): ContrastedDirection[] =>
  rowsOf(page).map((row) => ({
    direction: text(row("direction")),
    site: text(row("site")),
    length: number(row("length")),
    unit: text(row("unit")),
    ...aurocOf(row),
  }));

export const shufflesOf = (page: TablePage): Shuffle[] =>
  rowsOf(page).map((row) => ({ shuffle: number(row("shuffle")), ...aurocOf(row) }));

export interface Wanted {
  title: string;
  source: NewPatch["source"];
  /** That its page opens with. */
  strength: number;
}

const CLAMP_STRENGTH = 3;

/** What can be done with a feature so that what it reads is gone. */
export const ofFeature = (sae: string, feature: number): Wanted[] => {
  const source = { type: "feature", sae, feature, everywhere: false, value: null, writers: [] as string[] } as const;
  return [
    { title: "Clamp to 0", source: { ...source, kind: "clamp", value: 0 }, strength: 1 },
    {
      title: `Clamp to 0, ${CLAMP_STRENGTH} times`,
      source: { ...source, kind: "clamp", value: 0 },
      strength: CLAMP_STRENGTH,
    },
    { title: "Ablate where the SAE writes", source: { ...source, kind: "ablate" }, strength: 1 },
    { title: "Ablate everywhere", source: { ...source, kind: "ablate", everywhere: true }, strength: 1 },
    { title: "Steer against it", source: { ...source, kind: "steer" }, strength: -1 },
    { title: "Take it out of the weights", source: { ...source, kind: "scale" }, strength: -1 },
  ];
};

/** The same with a direction; what was found of it is kept as its length. */
export const ofDirection = ({ site, unit, length }: ContrastedDirection, run: string): Wanted[] => {
  const content = { type: "content", reads: "", run } as const;
  return [
    {
      title: `Ablate at ${site}`,
      source: { ...content, patch: { kind: "ablate", direction: unit, site } },
      strength: 1,
    },
    {
      title: "Ablate everywhere",
      source: { ...content, patch: { kind: "ablate", direction: unit, site: null } },
      strength: 1,
    },
    {
      title: "Steer against it",
      source: { ...content, patch: { kind: "steer", direction: unit, site, scale: length } },
      strength: -1,
    },
    {
      title: "Take it out of the weights",
      source: { ...content, patch: { kind: "scale", direction: unit, writers: [] } },
      strength: -1,
    },
  ];
};
