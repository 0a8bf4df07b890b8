import type { QueryClient } from "@tanstack/react-query";
import { keepPatch, keepSet } from "../../api/patches";

/** The set of one adapter that lies beside the current model, at every token; returns its hash. */
export async function withAdapter(client: QueryClient, adapter: string): Promise<string> {
  const { hash } = await keepPatch({ model: null, name: adapter, source: { type: "adapter", adapter } });
  return keepSet(client, null, [{ hash, strength: 1, scope: { type: "all" } }]);
}
