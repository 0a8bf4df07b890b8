import { bytesOf, TOKENS } from "../../test/golden";
import { readSafetensors, type Safetensors } from "./safetensors";
import { ConversationStream } from "./stream";
import type { Conversation, ServerMessage, Turn } from "./types";

const conversation = (ids: number[], turns: Turn[] = []): Conversation => ({
  id: "c1",
  title: "t",
  mode: "chat",
  model: "m",
  model_name: "m",
  weights_sha256: "",
  parent: null,
  created: 0,
  updated: 0,
  turns,
  ids,
  generating: false,
});

const turn = (start: number, end: number, role: Turn["role"] = "assistant"): Turn => ({
  role,
  start,
  end,
  sampling: null,
  reason: null,
  patches: [],
  recomputed: 0,
});

const ids = (values: number[]): Safetensors => ({
  metadata: {},
  tensors: { ids: { dtype: "U32", shape: [values.length], values: Uint32Array.from(values) } },
});

const typed = (start: number, role: Turn["role"] = "user"): ServerMessage => ({
  type: "tokens",
  conversation: "c1",
  start,
  role,
  lens: false,
});

/** Tokens 7 and 9 at positions 5 and 6, with lenses. */
const golden = readSafetensors(bytesOf(TOKENS));
const generated: ServerMessage = JSON.parse(golden.metadata.message ?? "");

function streamWith(known: number[], turns: Turn[] = []) {
  const stream = new ConversationStream();
  stream.hear({ type: "snapshot", id: 1, conversation: conversation(known, turns) }, undefined, 0);
  return stream;
}

test("tokens are appended, each with its lens", () => {
  const stream = streamWith([1, 2, 3, 4, 5], [turn(0, 5, "user")]);
  stream.hear({ type: "turn_started", conversation: "c1", turn: turn(5, 5), reused: 2, computed: 3 }, undefined, 0);
  stream.hear(generated, golden, 1000);
  const view = stream.view();
  expect(view.ids).toEqual([1, 2, 3, 4, 5, 7, 9]);
  expect(view.turns.map(({ role, start, end }) => [role, start, end])).toEqual([
    ["user", 0, 5],
    ["assistant", 5, 7],
  ]);
  expect(view.generating).toBe(true);
  expect(view.tokens_per_s).toBe(2);
  expect(view.cost).toEqual({ reused: 2, computed: 3 });
  expect(stream.lens(4)).toBeUndefined();
  const lens = stream.lens(6);
  expect([lens?.rows, lens?.k, Array.from(lens?.topIds ?? [])]).toEqual([3, 2, [6, 7, 8, 9, 10, 11]]);
  expect(Array.from(lens?.entropy ?? [])).toEqual([1, 2, 3]);
});

test("the outline changes with the turns and with what is typed, not with the tokens that are written", () => {
  const stream = streamWith([1, 2, 3, 4, 5], [turn(0, 5, "user")]);
  stream.hear({ type: "turn_started", conversation: "c1", turn: turn(5, 5), reused: 2, computed: 3 }, undefined, 0);
  const begun = stream.outline();
  expect(begun).toBe(stream.view());
  stream.hear(generated, golden, 1000);
  expect(stream.outline()).toBe(begun);
  expect([begun.ids.length, stream.view().ids.length]).toEqual([5, 7]);
  stream.hear({ type: "turn_ended", conversation: "c1", turn: turn(5, 7), tokens_per_s: 12 }, undefined, 1000);
  expect(stream.outline()).toBe(stream.view());
  stream.hear(typed(7), ids([8]), 1000);
  expect(stream.outline().ids).toEqual([1, 2, 3, 4, 5, 7, 9, 8]);
});

test("tokens told again after a drop change nothing but bring their lenses", () => {
  const stream = streamWith([1, 2, 3, 4, 5, 7, 9, 11]);
  stream.hear(generated, golden, 0);
  expect(stream.view().ids).toEqual([1, 2, 3, 4, 5, 7, 9, 11]);
  expect(stream.view().epoch).toBe(0);
  expect(stream.lens(6)).toBeDefined();
});

test("typed tokens below what is known replace it, and every position's cache key with it", () => {
  const stream = streamWith([1, 2, 3, 4, 5, 7, 9], [turn(0, 5, "user"), turn(5, 7)]);
  stream.hear(generated, golden, 0);
  stream.hear(typed(3), ids([8, 8]), 0);
  expect(stream.view().ids).toEqual([1, 2, 3, 8, 8]);
  expect(stream.view().epoch).toBe(1);
  expect(stream.lens(6)).toBeUndefined();
  expect(stream.view().turns.map(({ role, start, end }) => [role, start, end])).toEqual([["user", 0, 5]]);
});

test("a generated turn whose end the template rewrites was stopped there, as the server keeps it", () => {
  const sampling = { temperature: 0, top_p: 1, top_k: 0, seed: 0, max_new_tokens: 4 };
  const story: Turn = { ...turn(2, 6), sampling, reason: "length" };
  const stream = streamWith([1, 2, 3, 4, 5, 6], [turn(0, 2, "user"), story]);
  stream.hear(typed(5, "template"), ids([7, 8]), 0);
  expect(stream.view().turns).toEqual([
    turn(0, 2, "user"),
    { ...story, end: 5, reason: "stopped" },
    turn(5, 7, "template"),
  ]);
});

test("text that is typed behind a continuation is no part of it", () => {
  const sampling = { temperature: 0, top_p: 1, top_k: 0, seed: 0, max_new_tokens: 2 };
  const continuation: Turn = { ...turn(2, 4, "text"), sampling, reason: "length" };
  const stream = streamWith([1, 2, 3, 4], [turn(0, 2, "text"), continuation]);
  stream.hear(typed(4, "text"), ids([5, 6]), 0);
  stream.hear(typed(6, "text"), ids([7]), 0);
  expect(stream.view().turns).toEqual([turn(0, 2, "text"), continuation, turn(4, 7, "text")]);
});

test("a turn's end replaces what was known of it", () => {
  const stream = streamWith([1, 2, 3], [turn(0, 1, "user"), turn(1, 3)]);
  const ended: Turn = { ...turn(1, 3), reason: "stopped" };
  stream.hear({ type: "turn_ended", conversation: "c1", turn: ended, tokens_per_s: 12 }, undefined, 0);
  expect(stream.view().turns.at(-1)?.reason).toBe("stopped");
  expect(stream.view().generating).toBe(false);
  expect(stream.view().tokens_per_s).toBe(12);
});

test("a snapshot that agrees keeps the lenses, one that differs forgets them", () => {
  const stream = streamWith([1, 2, 3, 4, 5]);
  stream.hear(generated, golden, 0);
  const again = (values: number[]) =>
    stream.hear({ type: "snapshot", id: 2, conversation: conversation(values) }, undefined, 0);
  again([1, 2, 3, 4, 5, 7, 9, 4]);
  expect([stream.lens(5) !== undefined, stream.view().epoch]).toEqual([true, 0]);
  again([1, 2, 3, 4, 6]);
  expect([stream.lens(5), stream.view().epoch]).toEqual([undefined, 1]);
});

test("readers are told once a frame, however much was heard", async () => {
  const stream = streamWith([1]);
  await new Promise(requestAnimationFrame);
  const reader = vi.fn();
  stream.subscribe(reader);
  for (let i = 0; i < 50; i++) stream.hear(typed(1 + i), ids([i]), i);
  expect(reader).not.toHaveBeenCalled();
  await new Promise(requestAnimationFrame);
  expect(reader).toHaveBeenCalledTimes(1);
  expect(stream.view().ids).toHaveLength(51);
  expect(stream.view()).toBe(stream.view());
});

test("patches that are switched while a turn is written are the turn's, once, and change the outline", () => {
  const stream = streamWith([1, 2, 3, 4, 5], [turn(0, 5, "user")]);
  const begun = { ...turn(5, 5), patches: [{ start: 0, set: "s" }] };
  stream.hear({ type: "turn_started", conversation: "c1", turn: begun, reused: 2, computed: 3 }, undefined, 0);
  stream.hear(generated, golden, 1000);
  const outline = stream.outline();
  for (const _ of [1, 2])
    stream.hear({ type: "patches_switched", conversation: "c1", start: 6, set: null }, undefined, 1100);
  expect(stream.outline()).not.toBe(outline);
  expect(stream.view().turns.map(({ patches }) => patches)).toEqual([
    [],
    [
      { start: 0, set: "s" },
      { start: 6, set: null },
    ],
  ]);
  expect(stream.view().ids).toHaveLength(7);
});
