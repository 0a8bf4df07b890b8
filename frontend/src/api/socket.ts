/**
 * The tab's one WebSocket: questions with answers, pushes to whoever listens, and a way back after a drop.
 *
 * A dropped socket reconnects with growing pauses. Whoever follows a conversation says on every `open` from which
 * position it wants to go on, so nothing is lost and nothing is sent twice. Questions that were in flight are refused
 * with a `Trouble`; they are not repeated, because a `send` may have been heard.
 */
import { readSafetensors, type Safetensors } from "./safetensors";
import { Away, Trouble } from "./trouble";
import type { ClientMessage, ServerMessage, Welcome } from "./types";

/** What a question is before it gets its number. */
export type Question = ClientMessage extends infer M ? (M extends { id: number } ? Omit<M, "id"> : never) : never;

/** A message, and the arrays of the binary frame that brought it. */
export type Listener = (message: ServerMessage, arrays: Safetensors | undefined) => void;

export type Connection =
  | { state: "connecting"; attempt: number }
  | { state: "open" }
  | { state: "waiting"; attempt: number; retryAt: number; says: string }
  | { state: "refused"; says: string };

/** The part of the browser's WebSocket that is used here, so that a test can bring its own. */
export interface WebSocketLike {
  binaryType: string;
  readyState: number;
  onopen: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  send(data: string): void;
  close(): void;
}

const REFUSALS: Record<number, string> = {
  4401: "The server wants a token: open the address that it printed at its start.",
  4403: "The server refuses this page's address. Open it under the address that it printed, or allow this one in MICROSCOPE_ALLOWED_ORIGINS.",
};

/** Why the line was cut, where the page knows it better than the server's own reason; it is opened again. */
const CUTS: Record<number, string> = {
  1009: "A message was far larger than the server takes (MICROSCOPE_MAX_MESSAGE_BYTES).",
  1012: "The server has stopped.",
  4408: "This page could not keep up with what the server sent.",
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** 250 ms, 500 ms, … 8 s, each shortened by up to a quarter so that tabs do not return in step. */
export const pauseBefore = (attempt: number, random: number) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (1 - random / 4);

function decode(data: unknown): [ServerMessage, Safetensors | undefined] {
  if (typeof data === "string") return [JSON.parse(data) as ServerMessage, undefined];
  if (!(data instanceof ArrayBuffer)) throw new Error(`Socket: expected text or an ArrayBuffer, got ${typeof data}.`);
  const arrays = readSafetensors(data);
  const text = arrays.metadata.message;
  if (text === undefined) throw new Error("Socket: a binary frame without a message in its metadata.");
  return [JSON.parse(text) as ServerMessage, arrays];
}

interface Waiting {
  resolve(answer: ServerMessage): void;
  reject(trouble: Trouble): void;
}

export class Socket {
  #url: string;
  #open: (url: string) => WebSocketLike;
  #socket: WebSocketLike | undefined;
  #connection: Connection = { state: "connecting", attempt: 0 };
  #welcome: Welcome | undefined;
  #nextId = 1;
  #attempt = 0;
  #waiting = new Map<number, Waiting>();
  #listeners = new Set<Listener>();
  #openers = new Set<() => void>();
  #watchers = new Set<() => void>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;

  constructor(url: string, open: (url: string) => WebSocketLike = (address) => new WebSocket(address)) {
    this.#url = url;
    this.#open = open;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The server's first words on this connection; undefined before them. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** Opens the connection if it is not there or being made. */
  connect(): void {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#move({ state: "connecting", attempt: this.#attempt });
    const socket = this.#open(this.#url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#closed(event);
    this.#socket = socket;
  }

  /** Tries again at once: the user asked, or the network came back. */
  retryNow(): void {
    if (this.#connection.state === "waiting" || this.#connection.state === "refused") this.connect();
  }

  /** Sends a question; the answer carries the same number. Rejects with the server's `Trouble`, or when the line drops. */
  ask(question: Question): Promise<ServerMessage> {
    const socket = this.#socket;
    if (!socket || this.#connection.state !== "open")
      return Promise.reject(new Away("Not connected to the server.", "It is retried; wait for the status bar."));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ ...question, id }));
    });
  }

  /** Hears every message. Returns the way to stop. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called now if connected, and after every reconnection. Returns the way to stop. */
  onOpen(opener: () => void): () => void {
    this.#openers.add(opener);
    if (this.#connection.state === "open") opener();
    return () => this.#openers.delete(opener);
  }

  /** For `useSyncExternalStore`: called when `connection` changes. */
  subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #move(connection: Connection): void {
    this.#connection = connection;
    for (const watcher of this.#watchers) watcher();
  }

  #hear(data: unknown): void {
    this.#heardAt = Date.now();
    const [message, arrays] = decode(data);
    if (message.type === "welcome") this.#welcomed(message);
    if ("id" in message && message.id !== null) this.#answer(message.id, message);
    for (const listener of this.#listeners) listener(message, arrays);
  }

  #welcomed(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#attempt = 0;
    this.#startHeartbeat(welcome.heartbeat_s * 1000);
    this.#move({ state: "open" });
    for (const opener of this.#openers) opener();
  }

  #answer(id: number, message: ServerMessage): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message.type === "failed") waiting?.reject(new Trouble(message.error, message.next, message.status));
    else waiting?.resolve(message);
  }

  #startHeartbeat(interval_ms: number): void {
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      // A line that died without a close event is silent for two beats.
      if (Date.now() - this.#heardAt > 2.5 * interval_ms) this.#drop("The server has gone silent.");
      else this.ask({ type: "ping" }).catch(() => undefined);
    }, interval_ms);
  }

  #drop(says: string): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#lost(says);
  }

  #closed(event: CloseEvent): void {
    const refusal = REFUSALS[event.code];
    if (refusal) {
      this.#forget(refusal);
      this.#move({ state: "refused", says: refusal });
      return;
    }
    this.#lost(CUTS[event.code] ?? (event.reason || "The connection to the server was lost."));
  }

  #lost(says: string): void {
    this.#forget(says);
    const pause_ms = pauseBefore(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#move({ state: "waiting", attempt: this.#attempt, retryAt: Date.now() + pause_ms, says });
    this.#retry = setTimeout(() => this.connect(), pause_ms);
  }

  #forget(says: string): void {
    clearInterval(this.#beat);
    clearTimeout(this.#retry);
    this.#socket = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Away(says, "It is reconnecting; try again then."));
    this.#waiting.clear();
  }
}
