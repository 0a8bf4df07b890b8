/** Runs that somebody in this tab looks at, each followed once over the socket. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { askRunsAgain, socket } from "./live";
import { RunStream, type RunView } from "./runStream";
import { asTrouble } from "./trouble";

interface Followed {
  stream: RunStream;
  users: number;
  stop: () => void;
}

const followed = new Map<string, Followed>();

function follow(run: string, client: QueryClient): Followed {
  const stream = new RunStream();
  const hush = socket.listen((message) => {
    if (message.type !== "run_news" || message.row.id !== run) return;
    const before = stream.view().row;
    stream.hear(message);
    // What it made, its place and what lists say of it are asked for, not told.
    const { status, stopping, attempts } = message.row;
    if (before && (before.status !== status || before.stopping !== stopping || before.attempts !== attempts))
      askRunsAgain(client);
  });
  const leave = socket.onOpen(() => {
    socket
      .ask({ type: "follow_run", run, from_event: stream.next })
      .catch((thrown: unknown) => stream.fail(asTrouble(thrown)));
  });
  const stop = () => {
    hush();
    leave();
    socket.ask({ type: "unfollow_run", run }).catch(() => undefined);
  };
  return { stream, users: 0, stop };
}

function hold(run: string, client: QueryClient): () => void {
  const entry = followed.get(run) ?? follow(run, client);
  followed.set(run, entry);
  entry.users += 1;
  return () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.stop();
    followed.delete(run);
  };
}

const NOBODY = new RunStream();

/** A run as it goes, for as long as somebody looks. */
export function useRunLive(run: string): RunView {
  const client = useQueryClient();
  // The same function as long as it is the same run: another one would follow it anew.
  const subscribe = useCallback(
    (reader: () => void) => {
      const release = hold(run, client);
      const stop = followed.get(run)?.stream.subscribe(reader);
      return () => {
        stop?.();
        release();
      };
    },
    [run, client],
  );
  return useSyncExternalStore(subscribe, () => (followed.get(run)?.stream ?? NOBODY).view());
}
