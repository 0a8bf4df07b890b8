/** Every query of the SAE library: its key and its fetch, defined together, once. */
import { queryOptions } from "@tanstack/react-query";
import { body, http } from "./http";
import type { SaeCard } from "./types";

export const saeKeys = { all: ["saes"] as const };

/** Their fit is told for the current model. */
export const saes = queryOptions({ queryKey: saeKeys.all, queryFn: () => body(http.GET("/api/saes")) });

/** Groups of slugs of the same weights; reads those that are of one size, the first time. */
export const saeTwins = queryOptions({
  queryKey: [...saeKeys.all, "twins"],
  queryFn: () => body(http.GET("/api/sae-twins")),
});

/** Reads the weights and measures them on a short text: slow the first time. */
export const saeCard = (sae: string) =>
  queryOptions({
    queryKey: [...saeKeys.all, "card", sae],
    // The client's types forget that a pair has two members.
    queryFn: () => body(http.GET("/api/saes/{sae}/card", { params: { path: { sae } } })) as Promise<SaeCard>,
    staleTime: 300_000,
  });

/** What is here of it beside its files. */
export const saeTied = (sae: string) =>
  queryOptions({
    queryKey: [...saeKeys.all, "tied", sae],
    queryFn: () => body(http.GET("/api/saes/{sae}/tied", { params: { path: { sae } } })),
    staleTime: 0,
  });

/** A zip of the folder that SAELens reads, in float32. */
export const saeExportAddress = (sae: string): string => `/api/saes/${encodeURIComponent(sae)}/export`;
