/** Where a rail stands: what tells its text from others, what set the address has in force, and the way to another one. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { streamOf } from "../../api/live";
import { traceUnder } from "../../api/patches";
import { trace } from "../../api/queries";
import { type Material, textName } from "../-view/material";
import { type How, NEW } from "./rails";

/** A rail's key, and the hash of the set in force beside it. */
export interface Standing {
  key: string;
  patches: string | undefined;
}

export interface RailPlace extends Standing {
  /** Slug of the model that it is for; null is the current one. */
  model: string | null;
  /** Goes to another set, undefined for none, and maybe to another comparison. Rejects with what the server refuses. */
  go: (patches: string | undefined, how: How, vs?: string) => Promise<void>;
  /** What is dragged is to be in force while it is dragged. */
  acts: () => boolean;
}

/** Of a trace's text: the same under all sets. */
const traceKey = (text: string) => `text-${text}`;

/** The rail of the page that the address leads to now, which may not be drawn yet; undefined of one that has none. */
export function standing(router: ReturnType<typeof useRouter>, client: QueryClient): Standing | undefined {
  const { matches, location } = router.state;
  const params = matches.at(-1)?.params ?? {};
  if ("trace" in params && typeof params.trace === "string") {
    const found = client.getQueryData(trace(params.trace).queryKey);
    return found && { key: traceKey(textName(found)), patches: found.patches ?? undefined };
  }
  const { patches } = location.search;
  if ("conversation" in params && typeof params.conversation === "string") return { key: params.conversation, patches };
  return location.pathname === "/chat" ? { key: NEW, patches } : undefined;
}

/** A chat's: the address names the set. */
export function useChatPlace(key: string, patches: string | undefined, model: string | null): RailPlace {
  const router = useRouter();
  return {
    key,
    patches,
    model,
    go: (hash, how, vs) =>
      router.navigate({
        to: ".",
        // Without a set the rail would close by itself.
        search: (now) => ({ ...now, patches: hash, ...(hash === undefined && { rail: true }), ...(vs && { vs }) }),
        replace: how === "replace",
      }),
    // It changes the turn from its next token on.
    acts: () => key !== NEW && streamOf(key).view().generating,
  };
}

/** A trace's: it is immutable, and so another set is another trace of the same text. */
export function useTracePlace({ source, patches, model, epoch, ids }: Material): RailPlace {
  const router = useRouter();
  const navigate = useNavigate({ from: "/lens/$trace" });
  const client = useQueryClient();
  const text = "trace" in source ? source.text : "";
  return {
    key: traceKey(text),
    patches: patches ?? undefined,
    model: model.slug,
    go: async (hash, how, vs) => {
      // A drag waits until what it led to is drawn: readings of traces that nobody sees would queue on the device.
      if (how === "replace") await quiet(client);
      const under = { source, epoch, length: ids.length, patches: hash ?? null };
      const run = await client.fetchQuery(traceUnder(client, under));
      if (standing(router, client)?.key !== traceKey(text)) return;
      await navigate({
        to: "/lens/$trace",
        params: { trace: run.hash },
        search: (now) => ({ ...now, ...(hash === undefined && { rail: true }), ...(vs && { vs }) }),
        replace: how === "replace",
      });
    },
    acts: () => false,
  };
}

/** Resolves when no reading is on its way. */
function quiet(client: QueryClient): Promise<void> {
  const reads = () => client.isFetching({ predicate: ({ queryKey: [what] }) => what === "grid" || what === "lens" });
  return new Promise((resolve) => {
    if (reads() === 0) return resolve();
    const stop = client.getQueryCache().subscribe(() => {
      if (reads() > 0) return;
      stop();
      resolve();
    });
  });
}
