/** Queries of the library of patches: sets and their names, what is used where, and what a new patch would be. */
import { queryOptions } from "@tanstack/react-query";
import { body, http } from "./http";
import { ask, socket } from "./live";
import { patchKeys } from "./patches";
import type { NewPatch, PatchProgress } from "./types";

/** Of each kind of use, before somebody asks for all. */
export const USES_SHOWN = 8;
export const USES_MAX = 500;

/** What was put away, the last kept first. */
export const patchesAway = (q: string, kind: string) =>
  queryOptions({
    queryKey: [...patchKeys.list, "away", q, kind],
    queryFn: ({ signal }) => body(http.GET("/api/patches", { params: { query: { q, kind, away: true } }, signal })),
    staleTime: 0,
  });

/** Sets at first, and the most that are listed at once. */
export const SETS_SHOWN = 100;
export const SETS_MAX = 2000;

/** Sets with a name, or all; the last kept first. */
export const setPage = (q: string, unnamed: boolean, limit: number) =>
  queryOptions({
    queryKey: [...patchKeys.list, "sets", q, unnamed, limit],
    queryFn: ({ signal }) => body(http.GET("/api/patch-sets", { params: { query: { q, unnamed, limit } }, signal })),
    staleTime: 0,
  });

export const nameSet = (hash: string, name: string) =>
  body(http.PUT("/api/patch-sets/{hash}/name", { params: { path: { hash } }, body: { name } }));

export const namePatch = (hash: string, name: string) =>
  body(http.PUT("/api/patches/{hash}/name", { params: { path: { hash } }, body: { name } }));

/** A bundle for another server. */
export const exportedSet = (hash: string) =>
  body(http.GET("/api/patch-sets/{hash}/export", { params: { path: { hash } } }));

/** Off the list; what holds it goes on working. */
export const putAway = (hash: string) => body(http.DELETE("/api/patches/{hash}", { params: { path: { hash } } }));

export const restorePatch = (hash: string) =>
  body(http.POST("/api/patches/{hash}/restore", { params: { path: { hash } } }));

/** Where a patch or a set is used. */
export const usesOf = (what: "patch" | "set", hash: string, limit: number) =>
  queryOptions({
    queryKey: [...patchKeys.list, "uses", what, hash, limit],
    queryFn: ({ signal }) => {
      const of = { params: { path: { hash }, query: { limit } }, signal };
      return body(
        what === "set" ? http.GET("/api/patch-sets/{hash}/uses", of) : http.GET("/api/patches/{hash}/uses", of),
      );
    },
    staleTime: 0,
  });

/** What a patch would be; `heard` is told how many of its prompts were read. */
export const previewedPatch = (model: string, source: NewPatch["source"], heard: (progress: PatchProgress) => void) =>
  queryOptions({
    queryKey: [...patchKeys.all, "previewed", model, source],
    queryFn: async () => {
      const hush = socket.listen((message) => message.type === "patch_progress" && heard(message));
      try {
        return await ask({ type: "preview_patch", model, source }, "patch_previewed");
      } finally {
        hush();
      }
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a safetensors file on the server's machine holds. */
export const directionFile = (path: string) =>
  queryOptions({
    queryKey: [...patchKeys.all, "directions", path],
    queryFn: ({ signal }) => body(http.GET("/api/directions", { params: { query: { path } }, signal })),
    retry: false,
    staleTime: 0,
  });

/** Keeps a safetensors file of this machine on the server's. */
export const uploadDirections = (file: Blob) =>
  body(
    http.POST("/api/directions", {
      body: file as unknown as string,
      bodySerializer: (content: unknown) => content as Blob,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
