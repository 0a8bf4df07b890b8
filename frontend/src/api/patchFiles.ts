/** Patches as files: sent, explained, written for other programs. */
import { queryOptions } from "@tanstack/react-query";
import type { SentFile } from "../lib/droppedFiles";
import type { SetMember } from "../lib/patchRail";
import { body, http } from "./http";
import { patchKeys } from "./patches";
import type { PatchExportFormat, PatchImported } from "./types";

/** Sends files. `keep: false` only says what they are, and leaves nothing on the server; no name is the one that the
 * server has for them. */
export function importFiles(files: readonly SentFile[], keep: boolean, name = ""): Promise<PatchImported> {
  const form = new FormData();
  for (const { name, file } of files) form.append("files", file, name);
  form.append("keep", String(keep));
  form.append("name", name);
  // The types know the form's fields, and the browser writes it.
  return body(http.POST("/api/import-patch", { body: { files: [], keep, name }, bodySerializer: () => form }));
}

/** Reads the patch's matrices and runs a short text with it. */
export const patchCard = (hash: string) =>
  queryOptions({
    queryKey: [...patchKeys.all, "card", hash],
    queryFn: () => body(http.GET("/api/patches/{hash}/card", { params: { path: { hash } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A zip of kept patches, in order, as another program reads them. */
export function exportedPatches({ members, format }: { members: readonly SetMember[]; format: PatchExportFormat }) {
  const asked = members.map(({ hash, strength, scope }) => ({
    source: { type: "kept" as const, hash },
    strength,
    scope,
  }));
  const call = http.POST("/api/export-patches", {
    body: { model: null, members: asked, set: null, format },
    parseAs: "blob",
  });
  return body(call) as Promise<Blob>;
}
