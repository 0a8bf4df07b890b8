/** What is live in this tab: the socket, the device's status, loading models, and the conversations being looked at. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { type Connection, type Question, Socket } from "./socket";
import { ConversationStream, type StreamView } from "./stream";
import { Away, asTrouble, type Trouble } from "./trouble";
import type { DeviceStatus, LoadProgress, ServerMessage } from "./types";

const address = () => `${window.location.origin.replace(/^http/, "ws")}/api/ws`;

export const socket = new Socket(address());

/** Query keys of what the socket keeps up to date; `queries.ts` reads the same. */
export const liveKeys = {
  status: ["status"] as const,
  loading: ["loading"] as const,
  model: ["model_info"] as const,
  models: ["models"] as const,
  conversations: ["conversations"] as const,
  runs: ["runs"] as const,
  run: ["run"] as const,
  queue: ["queue"] as const,
  features: ["features"] as const,
  saes: ["saes"] as const,
  patches: ["patches", "list"] as const,
};

/** Writes into the query cache what the server pushes, for as long as the tab lives. */
export function followServer(client: QueryClient): () => void {
  const stop = socket.listen((message) => remember(client, message));
  const again = socket.onOpen(() => {
    // What changed while the line was down was not pushed.
    client.invalidateQueries({ queryKey: liveKeys.conversations });
    client.invalidateQueries({ queryKey: liveKeys.models });
    client.invalidateQueries({ queryKey: liveKeys.patches });
    askRunsAgain(client);
    // Nobody has to press Retry for what could not be asked meanwhile.
    client.refetchQueries({ predicate: ({ state }) => state.error instanceof Away });
  });
  socket.connect();
  const retry = () => socket.retryNow();
  window.addEventListener("online", retry);
  return () => {
    stop();
    again();
    window.removeEventListener("online", retry);
  };
}

/** Lists of runs, the queue and the runs that are looked at: a run has begun, ended or was changed. */
export function askRunsAgain(client: QueryClient): void {
  for (const queryKey of [liveKeys.runs, liveKeys.run, liveKeys.queue]) client.invalidateQueries({ queryKey });
}

function remember(client: QueryClient, message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      client.setQueryData<DeviceStatus>(liveKeys.status, message.status);
      client.setQueryData<LoadProgress | null>(liveKeys.loading, message.loading);
      if (message.model) client.setQueryData(liveKeys.model, message.model);
      return;
    case "status":
      client.setQueryData<DeviceStatus>(liveKeys.status, message.status);
      return;
    case "turn_started":
    case "turn_ended":
      client.invalidateQueries({ queryKey: liveKeys.status });
      return;
    case "load_progress":
      client.setQueryData<LoadProgress | null>(liveKeys.loading, message);
      return;
    case "model_loaded":
      client.setQueryData<LoadProgress | null>(liveKeys.loading, null);
      client.setQueryData(liveKeys.model, message.model);
      client.setQueryData([...liveKeys.models, message.model.slug], message.model);
      client.invalidateQueries({ queryKey: liveKeys.models });
      // What could not be had without the model can be had now.
      client.refetchQueries({ predicate: ({ state }) => state.status === "error" });
      return;
    case "failed":
      if (message.id !== null) return;
      client.setQueryData<LoadProgress | null>(liveKeys.loading, null);
      client.invalidateQueries({ queryKey: liveKeys.models });
      client.invalidateQueries({ queryKey: liveKeys.model });
      return;
    case "changed":
      // A load has ended without a model.
      if (message.what === "models") client.setQueryData<LoadProgress | null>(liveKeys.loading, null);
      if (message.what === "runs") askRunsAgain(client);
      if (message.what === "saes") client.invalidateQueries({ queryKey: liveKeys.saes, exact: true });
      // What was read out of a model stays as it was: only what is said of features has changed.
      if (message.what === "features")
        client.invalidateQueries({
          queryKey: liveKeys.features,
          predicate: ({ queryKey }) => queryKey[1] !== "color" && queryKey[2] !== "tried",
        });
      if (message.what === "models" || message.what === "conversations" || message.what === "patches")
        client.invalidateQueries({ queryKey: liveKeys[message.what] });
      return;
    default:
      return;
  }
}

export function useConnection(): Connection {
  return useSyncExternalStore(socket.subscribe, () => socket.connection);
}

/** What to say about a failure; nothing while the line is down, which the banner says for the whole page. */
export function useTrouble(thrown: unknown): Trouble | undefined {
  const { state } = useConnection();
  if (!thrown) return undefined;
  const trouble = asTrouble(thrown);
  return trouble instanceof Away && state !== "open" ? undefined : trouble;
}

export function useFollowServer(): void {
  const client = useQueryClient();
  useEffect(() => followServer(client), [client]);
}

/** Asks and expects an answer of one type; anything else is a defect of the server. */
export async function ask<T extends ServerMessage["type"]>(
  question: Question,
  type: T,
): Promise<Extract<ServerMessage, { type: T }>> {
  const answer = await socket.ask(question);
  if (answer.type !== type) throw new Error(`Socket: asked ${question.type}, expected ${type}, got ${answer.type}.`);
  return answer as Extract<ServerMessage, { type: T }>;
}

const streams = new Map<string, { stream: ConversationStream; users: number; stop: () => void }>();

function concerns(message: ServerMessage, conversation: string): boolean {
  if (message.type === "snapshot") return message.conversation.id === conversation;
  return "conversation" in message && message.conversation === conversation;
}

function follow(conversation: string) {
  const stream = new ConversationStream();
  const hush = socket.listen((message, arrays) => {
    if (concerns(message, conversation)) stream.hear(message, arrays, performance.now());
  });
  const leave = socket.onOpen(() => {
    socket
      .ask({ type: "watch", conversation, from_position: stream.nextPosition })
      .catch((thrown: unknown) => stream.fail(asTrouble(thrown)));
  });
  const stop = () => {
    hush();
    leave();
    socket.ask({ type: "unwatch", conversation }).catch(() => undefined);
  };
  return { stream, users: 0, stop };
}

/** How long a conversation that nobody looks at is still followed: going Back must not lose its lens frames. */
const LINGER_MS = 60_000;

/** The stream of a conversation, followed while somebody looks and for a minute after. */
export function streamOf(conversation: string): ConversationStream {
  let entry = streams.get(conversation);
  if (!entry) {
    entry = follow(conversation);
    streams.set(conversation, entry);
  }
  return entry.stream;
}

function hold(conversation: string): () => void {
  streamOf(conversation);
  const entry = streams.get(conversation);
  if (entry) entry.users += 1;
  return () => {
    if (!entry) return;
    entry.users -= 1;
    setTimeout(() => {
      if (entry.users > 0 || streams.get(conversation) !== entry) return;
      entry.stop();
      streams.delete(conversation);
    }, LINGER_MS);
  };
}

export interface Stream {
  view: StreamView;
  stream: ConversationStream;
}

const NOBODY = new ConversationStream();

function useFollowed(conversation: string | undefined): ConversationStream {
  useEffect(() => (conversation === undefined ? undefined : hold(conversation)), [conversation]);
  return conversation === undefined ? NOBODY : streamOf(conversation);
}

/** A conversation as it grows, token by token; an empty one while there is no id. */
export function useStream(conversation: string | undefined): Stream {
  const stream = useFollowed(conversation);
  return { view: useSyncExternalStore(stream.subscribe, stream.view), stream };
}

/** A conversation turn by turn: what is rendered from it alone costs nothing while a turn is written. */
export function useOutline(conversation: string | undefined): Stream {
  const stream = useFollowed(conversation);
  return { view: useSyncExternalStore(stream.subscribe, stream.outline), stream };
}
