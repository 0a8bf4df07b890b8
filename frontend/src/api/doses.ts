/** A dose curve: asked for a few strengths at a time, known as far as it has come. */
import { queryOptions } from "@tanstack/react-query";
import { type DoseRange, strengthsIn } from "../lib/dose";
import { ask } from "./live";
import { asked, patchKeys, type Trial } from "./patches";
import type { Schemas } from "./types";

export type Dose = Schemas["Dose"];
type PatchesDosed = Schemas["PatchesDosed"];

export interface DoseTrial extends Omit<Trial, "strength"> {
  range: DoseRange;
}

export interface DoseCurve {
  /** Slug of the model. */
  model: string;
  /** Tokens that are followed. */
  tokens: readonly number[];
  /** Probability of each in the model as it is. */
  base: readonly number[];
  /** By strength, in no order; those that are known. */
  doses: readonly Dose[];
}

/** Random directions. */
export const DOSE_CONTROLS = 4;
const TOKENS_MAX = 4;
/** Strengths of one question: a click elsewhere waits for no more. */
const AT_ONCE = 2;

/** From 0 outwards: what a patch begins to do is seen first. */
const inOrder = (strengths: readonly number[]) => [...strengths].sort((a, b) => Math.abs(a) - Math.abs(b));

/** The likeliest tokens without the patch and at both ends. */
function followed({ base_likeliest, doses }: PatchesDosed): number[] {
  const ends = doses.flatMap(({ likeliest }) => likeliest.slice(0, 1));
  return [...new Set([...base_likeliest.slice(0, 2), ...ends, ...base_likeliest])].slice(0, TOKENS_MAX);
}

/** Every strength of a range on one text. A range or a text that nobody looks at any more is not asked for to its end. */
export const dosedPatch = ({ range, ...trial }: DoseTrial) => {
  const queryKey = [...patchKeys.all, "dosed", { range, ...trial }];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<DoseCurve> => {
      const { against: _, ...question } = asked({ ...trial, strength: 1 });
      const dose = (strengths: number[], tokens: number[], controls: number) =>
        ask({ type: "dose_patches", ...question, strengths, tokens, controls }, "patches_dosed");
      const ends = await dose([range.lo, range.hi], [], 0);
      const tokens = followed(ends);
      const strengths = inOrder(strengthsIn(range));
      let curve: DoseCurve = { model: ends.model, tokens, base: [], doses: [] };
      for (let start = 0; start < strengths.length; start += AT_ONCE) {
        signal.throwIfAborted();
        const some = await dose(strengths.slice(start, start + AT_ONCE), tokens, DOSE_CONTROLS);
        curve = { ...curve, base: some.base, doses: [...curve.doses, ...some.doses] };
        if (!signal.aborted) client.setQueryData(queryKey, curve);
      }
      return curve;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
};
