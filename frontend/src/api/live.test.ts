import { QueryClient } from "@tanstack/react-query";
import { followServer } from "./live";
import { patches, patchKeys } from "./patches";
import type { ServerMessage } from "./types";

/** The browser's end of a line whose other end is the test. */
class Line {
  static latest: Line | undefined;
  binaryType = "";
  readyState = 1;
  onopen = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor() {
    Line.latest = this;
  }
  send() {}
  close() {}
  say(message: Partial<ServerMessage>) {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

test("a tab asks again for the patches when another one has kept one, and for nothing that it tried", () => {
  vi.stubGlobal("WebSocket", Line);
  const client = new QueryClient();
  const list = patches("", "").queryKey;
  const tried = [...patchKeys.all, "tried", "x"];
  const stale = (queryKey: readonly unknown[]) => client.getQueryState(queryKey)?.isInvalidated;
  const stop = followServer(client);
  client.setQueryData<unknown>(list, []);
  client.setQueryData<unknown>(tried, {});
  Line.latest?.say({ type: "welcome", version: "1", heartbeat_s: 10 });
  expect(stale(list)).toBe(true);

  client.setQueryData<unknown>(list, []);
  Line.latest?.say({ type: "changed", what: "saes" });
  expect(stale(list)).toBe(false);
  Line.latest?.say({ type: "changed", what: "patches" });
  expect([stale(list), stale(tried)]).toEqual([true, false]);
  stop();
});
