/** What the pages of runs show, and how it is written in a URL. */
import * as z from "zod/mini";
import type { RunFilters } from "../../api/runs";
import { p } from "../../lib/search";

const STATUSES = ["", "planned", "running", "paused", "succeeded", "failed", "cancelled"] as const;
const SORTS = ["created", "started", "ended", "name", "family", "status", "priority", "id"] as const;

/** Unix seconds of a day's beginning in the reader's time zone; of the day `after` days later. Undefined where it is no day. */
export function dayStart(day: string | undefined, after = 0): number | undefined {
  const [year = 0, month = 0, date = 0] = /^\d{4}-\d{2}-\d{2}$/.test(day ?? "")
    ? (day ?? "").split("-").map(Number)
    : [];
  const meant = new Date(year, month - 1, date);
  // The 45th of a month would be one of the next.
  if (meant.getMonth() !== month - 1 || meant.getDate() !== date) return undefined;
  return new Date(year, month - 1, date + after).getTime() / 1000;
}

const day = () => z.catch(z.optional(z.string().check(z.refine((text) => dayStart(text) !== undefined))), undefined);

export const runsSearch = z.object({
  /** Words in name, id, family or spec. */
  q: p.str(500),
  family: p.str(),
  status: p.oneOf(STATUSES, ""),
  tag: p.str(),
  /** Days, `2026-11-22`, both inclusive, in the reader's time zone. */
  since: day(),
  until: day(),
  /** Those that were put away, instead of the others. */
  deleted: p.bool(false),
  sort: p.oneOf(SORTS, "created"),
  desc: p.bool(true),
  /** Keys of the columns shown, with commas; the page's own choice by default. */
  cols: p.str(300),
});
export type RunsSearch = z.infer<typeof runsSearch>;

export const RUNS_DEFAULTS = { status: "", deleted: false, sort: "created", desc: true } as const;

export const TABS = ["overview", "metrics", "spec", "logs", "artifacts", "env"] as const;
export type Tab = (typeof TABS)[number];

export const runSearch = z.object({
  tab: p.oneOf(TABS, "overview"),
  /** The artifact that is open. */
  path: p.str(500),
  /** Names of the metrics drawn, with commas; all by default. */
  m: p.str(1000),
  smooth: p.num(0, 0, 0.99),
  log: p.bool(false),
});
export type RunSearch = z.infer<typeof runSearch>;

export const RUN_DEFAULTS = { tab: "overview", smooth: 0, log: false } as const;

export const newSearch = z.object({
  /** The run whose spec fills the form. */
  from: p.claim(),
  /** Fields that a page which knows them fills in: the SAE or the recording that a run is about, the name of what it makes. */
  sae: p.str(4000),
  activations: p.str(4000),
  name: p.str(200),
  /** Hash of the patches that are in force, or of those that are measured. */
  patches: p.claim(),
  /** Hash of what is in force before those that are measured. */
  attached: p.claim(),
  /** One: times each patch's own. */
  strengths: p.str(40),
});

const STATES = ["all", "running", "planned", "held", "ended"] as const;

export const queueSearch = z.object({ state: p.oneOf(STATES, "all") });
export const QUEUE_DEFAULTS = { state: "all" } as const;

/** What the server is asked for. */
export const filtersOf = ({ q, family, status, tag, since, until, deleted, sort, desc }: RunsSearch): RunFilters => ({
  ...(q ? { q } : {}),
  ...(family ? { family } : {}),
  ...(status ? { status } : {}),
  ...(tag ? { tag } : {}),
  ...(dayStart(since) === undefined ? {} : { since: dayStart(since) }),
  ...(dayStart(until) === undefined ? {} : { until: dayStart(until, 1) }),
  ...(deleted ? { deleted } : {}),
  sort,
  desc,
});

/** How many filters hold back runs. */
export const filtersOn = ({ q, family, status, tag, since, until, deleted }: RunsSearch): number =>
  [q, family, status, tag, since, until, deleted].filter(Boolean).length;
