/** What can be done with a conversation: each is one call, and what must follow it. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type * as z from "zod/mini";
import { body, http } from "../../api/http";
import { ask, liveKeys, streamOf } from "../../api/live";
import { switchPatches } from "../../api/patches";
import type { Conversation, Sampling } from "../../api/types";
import { truncateMiddle } from "../../lib/format";
import { carryRail } from "../-patch-rail/rails";
import { useInForce } from "../-patch-rail/usePatchRail";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";
import { undoToast } from "../-shell/undo";
import { titled } from "../-shell/words";
import type { chatSearch } from "../-view/params";

export type ChatSearch = z.infer<typeof chatSearch>;

export const samplingOf = (search: ChatSearch): Sampling => ({
  temperature: search.temperature,
  top_p: search.top_p,
  top_k: search.top_k,
  seed: search.seed,
  max_new_tokens: search.max,
});

export const create = (model: string | null = null): Promise<Conversation> =>
  body(http.POST("/api/conversations", { body: { model, mode: null, title: "", system: "" } }));

/** Sends a user turn; resolves when the server has taken it, so that the text box may be emptied. */
export async function send(
  conversation: string,
  text: string,
  sampling: Sampling,
  thinking: boolean | null,
  inForce: InForce,
) {
  await begin(conversation, inForce, async (patches) => {
    await ask({ type: "send", conversation, text, sampling, thinking, patches }, "done");
  });
}

export async function goOn(conversation: string, sampling: Sampling, inForce: InForce) {
  await begin(conversation, inForce, async (patches) => {
    await ask({ type: "generate", conversation, sampling, patches }, "done");
  });
}

/** The set of patches that a turn is begun with, once it is settled. */
type InForce = () => Promise<string | null>;

async function begin(conversation: string, inForce: InForce, start: (patches: string | null) => Promise<void>) {
  // Followed first, or the turn's first tokens would pass unheard.
  streamOf(conversation);
  const patches = await inForce();
  await start(patches);
  // Until it has begun, there is no turn in which others could be put in force.
  const now = await inForce();
  if (now !== patches) await switchPatches(conversation, now);
}

export const stop = (conversation: string) => ask({ type: "stop", conversation }, "done");

export interface BranchAt {
  position: number;
  /** Put in the place of the token at `position`. */
  token_id?: number;
  /** A new user turn in the place of the one that covers `position`. */
  text?: string;
  /** Whether the answer to that turn begins with thinking. Defaults to what the template does. */
  thinking?: boolean | null;
}

export function useConversationActions() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  const inForce = useInForce();
  const refresh = () => client.invalidateQueries({ queryKey: liveKeys.conversations });
  const path = (conversation: string) => ({ params: { path: { id: conversation } } });

  const rename = async (conversation: string, title: string) => {
    await body(http.PATCH("/api/conversations/{id}", { ...path(conversation), body: { title } })).catch(complain);
    refresh();
  };

  const restore = async (conversation: string) => {
    await body(http.POST("/api/conversations/{id}/restore", path(conversation))).catch(complain);
    refresh();
  };

  /** Deletes at once; the toast brings it back for eight seconds, the server for longer. */
  const remove = async (conversation: string, title: string, open: boolean) => {
    const here = stays();
    try {
      await body(http.DELETE("/api/conversations/{id}", path(conversation)));
    } catch (thrown) {
      return complain(thrown);
    }
    refresh();
    if (open && here()) navigate({ to: "/chat", search: true });
    undoToast(`Deleted “${truncateMiddle(titled(title), 60)}”.`, () => restore(conversation));
  };

  /** A new conversation that shares what is before the position, opened and, where asked, continued. */
  const branch = async (
    conversation: string,
    at: BranchAt,
    sampling: Sampling | undefined,
    search: Partial<ChatSearch> = {},
  ) => {
    const here = stays();
    try {
      const made = await body(
        http.POST("/api/conversations/{id}/branch", {
          ...path(conversation),
          body: {
            position: at.position,
            token_id: at.token_id ?? null,
            text: at.text ?? null,
            thinking: at.thinking ?? null,
          },
        }),
      );
      refresh();
      await inForce();
      carryRail(conversation, made.id);
      if (here())
        await navigate({
          to: "/chat/$conversation",
          params: { conversation: made.id },
          search: (now) => ({ ...now, token: undefined, pins: [], span: undefined, vs: undefined, ...search }),
        });
      if (sampling) await goOn(made.id, sampling, inForce);
    } catch (thrown) {
      complain(thrown);
    }
  };

  return { rename, remove, branch };
}
