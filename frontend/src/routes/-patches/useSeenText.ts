/** The text that somebody came from: a conversation's or a trace's tokens. */
import { useQuery } from "@tanstack/react-query";
import { body, http } from "../../api/http";
import { liveKeys, useTrouble } from "../../api/live";
import { trace as traceQuery } from "../../api/queries";
import type { TroubleText } from "../../components/States";
import type { NewPatchSearch } from "./params";

export interface SeenText {
  /** None until they are there, and where nobody came from a text. */
  ids: readonly number[];
  trouble: TroubleText | undefined;
  waits: boolean;
}

export function useSeenText({ from, conversation, trace }: NewPatchSearch): SeenText {
  const wanted = from === "span";
  const chat = useQuery({
    queryKey: [...liveKeys.conversations, "ids", conversation],
    queryFn: () => body(http.GET("/api/conversations/{id}", { params: { path: { id: conversation ?? "" } } })),
    enabled: wanted && conversation !== undefined,
  });
  const run = useQuery({
    ...traceQuery(trace ?? ""),
    enabled: wanted && conversation === undefined && trace !== undefined,
  });
  const found = conversation === undefined ? run : chat;
  return { ids: found.data?.ids ?? [], trouble: useTrouble(found.error), waits: found.isLoading };
}
