/** Runs and their queue: every query, and what can be done about a run. Live news: `runStream.ts`. */
import { queryOptions } from "@tanstack/react-query";
import { answer, body, http } from "./http";
import { liveKeys } from "./live";
import type { NewRun, NewSweep, RunChange, RunStatus, SweepOnly, TablePage, TensorsPage } from "./types";

/** Rows that a list asks for at once. */
export const RUNS_PAGE = 200;

export interface RunFilters {
  q?: string;
  family?: string;
  status?: RunStatus | "";
  tag?: string;
  /** Unix time in seconds: made then or later. */
  since?: number;
  /** Made before. */
  until?: number;
  /** Those that were put away, instead of the others. Defaults to false. */
  deleted?: boolean;
  sort?: string;
  desc?: boolean;
}

/** Page `page` of the runs that the filters let through. */
export const runs = (filters: RunFilters, page = 0, limit = RUNS_PAGE) =>
  queryOptions({
    queryKey: [...liveKeys.runs, filters, page, limit],
    queryFn: ({ signal }) =>
      body(http.GET("/api/runs", { params: { query: { ...filters, offset: page * limit, limit } }, signal })),
  });

export const run = (id: string) =>
  queryOptions({
    queryKey: [...liveKeys.run, id],
    queryFn: () => body(http.GET("/api/runs/{run}", { params: { path: { run: id } } })),
  });

/** Patches and sets that its spec names. */
export const patchesOfRun = (id: string) =>
  queryOptions({
    queryKey: [...liveKeys.patches, "of run", id],
    queryFn: () => body(http.GET("/api/runs/{run}/patches", { params: { path: { run: id } } })),
  });

export const queue = queryOptions({
  queryKey: liveKeys.queue,
  queryFn: () => body(http.GET("/api/queue")),
});

/** The families with their forms: they change with the server's code only. */
export const families = queryOptions({
  queryKey: ["families"],
  queryFn: () => body(http.GET("/api/families")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const startRun = (asked: NewRun) => body(http.POST("/api/runs", { body: asked }));

export const changeRun = (id: string, change: Partial<RunChange>) =>
  body(
    http.PATCH("/api/runs/{run}", {
      params: { path: { run: id } },
      body: {
        action: null,
        priority: null,
        before: null,
        name: null,
        tags: null,
        add_tags: [],
        remove_tags: [],
        ...change,
      },
    }),
  );

export const deleteRun = (id: string) => body(http.DELETE("/api/runs/{run}", { params: { path: { run: id } } }));

export const restoreRun = (id: string) => body(http.POST("/api/runs/{run}/restore", { params: { path: { run: id } } }));

export const pauseQueue = (paused: boolean) => body(http.PATCH("/api/queue", { body: { paused } }));

/** What a spec would do and cost. */
export const preflight = (spec: NewRun["spec"]) => body(http.POST("/api/preflight", { body: { spec } }));

/** Changes with which a spec would run that is refused for what stands in its place. */
export const ways = (spec: NewRun["spec"]) => body(http.POST("/api/preflight/ways", { body: { spec } }));

/** What a sweep would do and cost. */
export const sweepPlan = (sweep: SweepOnly) => body(http.POST("/api/sweeps/preflight", { body: sweep }));

export const startSweep = (sweep: NewSweep) => body(http.POST("/api/sweeps", { body: sweep }));

/** Address of a file in a run's directory. */
export const artifactAddress = (id: string, path: string): string =>
  `/api/runs/${encodeURIComponent(id)}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

/** Address of a run as a zip archive. */
export const exportAddress = (id: string): string => `/api/runs/${encodeURIComponent(id)}/export`;

/** What is read of a file depends on its bytes: its hash where there is one, else its size. */
export interface FileOf {
  run: string;
  path: string;
  version: string;
}

const fileKey = ({ run: id, path, version }: FileOf, ...more: readonly unknown[]) => [
  "artifact",
  id,
  path,
  version,
  ...more,
];

export const artifactText = (file: FileOf) =>
  queryOptions({
    queryKey: fileKey(file),
    queryFn: async ({ signal }) => (await answer(artifactAddress(file.run, file.path), signal)).text(),
  });

/** Rows of a table. `sort` is a column, with `-` before it from the greatest down; empty as they lie. */
export const artifactTable = (file: FileOf, sort: string, page: number, limit: number) =>
  queryOptions({
    queryKey: fileKey(file, sort, page, limit),
    queryFn: async ({ signal }): Promise<TablePage> => {
      const query = new URLSearchParams({
        offset: String(page * limit),
        limit: String(limit),
        ...(sort ? { sort } : {}),
      });
      return (await answer(`${artifactAddress(file.run, file.path)}/table?${query}`, signal)).json();
    },
  });

export const artifactTensors = (file: FileOf) =>
  queryOptions({
    queryKey: fileKey(file, "tensors"),
    queryFn: async ({ signal }): Promise<TensorsPage> =>
      (await answer(`${artifactAddress(file.run, file.path)}/tensors`, signal)).json(),
  });
