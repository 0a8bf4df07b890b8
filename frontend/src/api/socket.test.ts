import { bytesOf, TOKENS } from "../../test/golden";
import { pauseBefore, Socket, type WebSocketLike } from "./socket";
import type { ServerMessage } from "./types";

/** The browser's end of a line whose other end is the test. */
class Line implements WebSocketLike {
  binaryType = "";
  readyState = 1;
  onopen = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  sent: { type: string; id: number }[] = [];

  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.cut(1000);
  }
  hear(data: unknown) {
    this.onmessage?.(new MessageEvent("message", { data }));
  }
  say(message: Partial<ServerMessage>) {
    this.hear(JSON.stringify(message));
  }
  cut(code: number, reason = "") {
    this.onclose?.(new CloseEvent("close", { code, reason }));
  }
}

const welcome = { type: "welcome", version: "1", heartbeat_s: 10 } as const;

function connected() {
  const lines: Line[] = [];
  const socket = new Socket("ws://x/api/ws", () => {
    const line = new Line();
    lines.push(line);
    return line;
  });
  socket.connect();
  lines[0]?.say(welcome);
  const latest = () => {
    const line = lines.at(-1);
    if (!line) throw new Error("no line was opened");
    return line;
  };
  return { socket, lines, latest };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("is open once the server has said welcome", () => {
  const { socket, latest } = connected();
  expect(socket.connection).toEqual({ state: "open" });
  expect(latest().binaryType).toBe("arraybuffer");
});

test("an answer reaches the question with its number, in any order", async () => {
  const { socket, latest } = connected();
  const first = socket.ask({ type: "stop", conversation: "a" });
  const second = socket.ask({ type: "stop", conversation: "b" });
  const [a, b] = latest().sent;
  latest().say({ type: "done", id: b?.id });
  latest().say({ type: "done", id: a?.id });
  expect(await second).toEqual({ type: "done", id: b?.id });
  expect(await first).toEqual({ type: "done", id: a?.id });
});

test("a refusal becomes a Trouble with the server's words, and the line lives on", async () => {
  const { socket, latest } = connected();
  const asked = socket.ask({ type: "stop", conversation: "a" });
  latest().say({ type: "failed", id: latest().sent[0]?.id ?? 0, error: "No a.", next: "List them.", status: 404 });
  await expect(asked).rejects.toMatchObject({ error: "No a.", next: "List them.", status: 404 });
  expect(socket.connection.state).toBe("open");
});

test("a binary frame brings its message and its arrays", () => {
  const { socket, latest } = connected();
  const heard: unknown[] = [];
  socket.listen((message, arrays) => heard.push([message.type, arrays?.tensors.ids?.values.length]));
  latest().hear(bytesOf(TOKENS));
  expect(heard).toEqual([["tokens", 2]]);
});

test("a dropped line comes back, and followers are asked again where to go on", async () => {
  const { socket, lines, latest } = connected();
  const opened = vi.fn();
  socket.onOpen(opened);
  expect(opened).toHaveBeenCalledTimes(1);
  const asked = socket.ask({ type: "stop", conversation: "a" });
  latest().cut(1006);
  await expect(asked).rejects.toMatchObject({ status: 0 });
  expect(socket.connection.state).toBe("waiting");
  await vi.advanceTimersByTimeAsync(300);
  expect(lines).toHaveLength(2);
  latest().say(welcome);
  expect(opened).toHaveBeenCalledTimes(2);
});

test("a refused line is not retried by itself, and is when asked", () => {
  const { socket, lines, latest } = connected();
  latest().cut(4403);
  expect(socket.connection.state).toBe("refused");
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(1);
  socket.retryNow();
  expect(lines).toHaveLength(2);
});

test.each([
  [4429, "More than 64 open sockets. Close a page, or raise MICROSCOPE_MAX_SOCKETS.", "MICROSCOPE_MAX_SOCKETS"],
  [4429, "More than 6,000 requests in a minute. Wait a moment.", "requests in a minute"],
  [4408, "More than 2,048 messages waited for this reader.", "could not keep up"],
  [1009, "over size limit", "MICROSCOPE_MAX_MESSAGE_BYTES"],
  [1012, "", "has stopped"],
  [1006, "", "was lost"],
])("a line cut with %i, %j, says why and is opened again", async (code, reason, says) => {
  const { socket, lines, latest } = connected();
  latest().cut(code, reason);
  expect(socket.connection).toMatchObject({ state: "waiting", says: expect.stringContaining(says) });
  await vi.advanceTimersByTimeAsync(300);
  expect(lines).toHaveLength(2);
});

test("a line that has gone silent is dropped and opened again", async () => {
  const { socket, lines } = connected();
  await vi.advanceTimersByTimeAsync(31_000);
  expect(lines.length).toBeGreaterThan(1);
  expect(socket.connection.state).not.toBe("open");
});

test("a question without a line is refused at once", async () => {
  const socket = new Socket("ws://x", () => new Line());
  await expect(socket.ask({ type: "ping" })).rejects.toMatchObject({ status: 0 });
});

test("pauses double from a quarter of a second to eight seconds", () => {
  expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => pauseBefore(attempt, 0))).toEqual([
    250, 500, 1000, 2000, 4000, 8000, 8000,
  ]);
  expect(pauseBefore(0, 1)).toBe(187.5);
});
