/**
 * A conversation as it grows: ids, turns and the lens frames that came with generated tokens.
 *
 * A plain class outside React. Messages change it at once; readers are told at most once a frame, so four hundred tokens
 * a second cost sixty renders. `view` is a new object after every change and the same object between changes, which is
 * what `useSyncExternalStore` wants.
 */
import { type Safetensors, type Tensor, tensor } from "./safetensors";
import type { Trouble } from "./trouble";
import type { Conversation, PatchesSwitched, ServerMessage, Tokens, Turn, TurnStarted } from "./types";

/** The lens of one generated token, read *for* it. Row 0 is `embed`, row i + 1 is block i. */
export interface LiveLens {
  rows: number;
  k: number;
  /** (rows, k), likeliest first. */
  topIds: ArrayLike<number>;
  /** (rows, k). */
  topProbabilities: ArrayLike<number>;
  /** (rows), nats. */
  entropy: ArrayLike<number>;
  /** (rows), probability of the token that was chosen. */
  chosen: ArrayLike<number>;
}

export interface StreamView {
  /** Undefined until the first snapshot. */
  conversation: Conversation | undefined;
  ids: readonly number[];
  turns: readonly Turn[];
  generating: boolean;
  /** Tokens per second of the turn that runs or ran last; undefined before one. */
  tokens_per_s: number | undefined;
  /** What the last turn's prompt cost; undefined before one. */
  cost: { reused: number; computed: number } | undefined;
  /** Counts how often known positions were rewritten: part of every cache key that speaks of positions. */
  epoch: number;
  trouble: Trouble | undefined;
}

const EMPTY: StreamView = {
  conversation: undefined,
  ids: [],
  turns: [],
  generating: false,
  tokens_per_s: undefined,
  cost: undefined,
  epoch: 0,
  trouble: undefined,
};

/** Row `index` of an array whose first axis is the tokens of the frame. */
const slice = ({ values, shape }: Tensor, index: number) => {
  const size = shape.slice(1).reduce((product, n) => product * n, 1);
  return values.subarray(index * size, (index + 1) * size);
};

function liveLenses(arrays: Safetensors, count: number): LiveLens[] {
  const topIds = tensor(arrays, "top_ids");
  const [, rows = 0, k = 0] = topIds.shape;
  return Array.from({ length: count }, (_, index) => ({
    rows,
    k,
    topIds: slice(topIds, index),
    topProbabilities: slice(tensor(arrays, "top_probabilities"), index),
    entropy: slice(tensor(arrays, "entropy"), index),
    chosen: slice(tensor(arrays, "chosen"), index),
  }));
}

/** Turns with the tokens of a message appended, up to `end`; what stood there is replaced. */
function extendTurns(turns: readonly Turn[], { role, start, lens: generated }: Tokens, end: number): Turn[] {
  // A generated turn has been announced at its start before its first token comes.
  const kept = turns
    .filter((turn) => turn.start < start || (turn.start === start && turn.role === role && generated))
    .map((turn): Turn => {
      if (turn.end <= start) return turn;
      // A generated turn that the template has cut was stopped there, as the server keeps it.
      return { ...turn, end: start, reason: turn.sampling && !generated ? "stopped" : turn.reason };
    });
  const last = kept.at(-1);
  // What is typed behind a generated turn is none of it.
  if (last && last.role === role && last.end >= start && (generated || !last.sampling))
    return [...kept.slice(0, -1), { ...last, end }];
  return [...kept, { role, start, end, sampling: null, reason: null, patches: [], recomputed: 0 }];
}

/** `turns` with this one in the place of what stood from its start on. */
const placeTurn = (turns: readonly Turn[], turn: Turn): Turn[] => [
  ...turns.filter(({ start }) => start < turn.start),
  turn,
];

/** The turn that is written with other patches in force from a position on. */
function switched(turns: readonly Turn[], { start, set }: PatchesSwitched): Turn[] {
  const last = turns.at(-1);
  if (!last) return [];
  // A snapshot that was taken meanwhile has it already.
  const before = last.patches.filter((one) => one.start < start);
  return [...turns.slice(0, -1), { ...last, patches: [...before, { start, set }] }];
}

export class ConversationStream {
  #view: StreamView = EMPTY;
  #outline: StreamView = EMPTY;
  #lenses = new Map<number, LiveLens>();
  #readers = new Set<() => void>();
  #frame: number | undefined;
  // Where and when the counting of the speed began.
  #began = { at_ms: 0, position: 0 };

  /** The same object until something changes. */
  view = (): StreamView => this.#view;

  /** The view as it was before the last generated tokens: another object when a turn begins or ends, not with every token. */
  outline = (): StreamView => this.#outline;

  subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };

  /** The lens that was streamed with the token at `position`, if it was generated while this tab looked. */
  lens(position: number): LiveLens | undefined {
    return this.#lenses.get(position);
  }

  /** Where to go on after a drop. */
  get nextPosition(): number {
    return this.#view.ids.length;
  }

  /** Takes in what concerns this conversation; the caller has checked that it does. */
  hear(message: ServerMessage, arrays: Safetensors | undefined, now_ms: number): void {
    switch (message.type) {
      case "snapshot":
        this.#snapshot(message.conversation, now_ms);
        break;
      case "turn_started":
        this.#started(message, now_ms);
        break;
      case "tokens":
        this.#tokens(message, arrays, now_ms);
        break;
      case "patches_switched":
        this.#change({ turns: switched(this.#view.turns, message) });
        break;
      case "turn_ended":
        this.#change({
          turns: placeTurn(this.#view.turns, message.turn),
          generating: false,
          tokens_per_s: message.tokens_per_s,
        });
        break;
      default:
        break;
    }
  }

  fail(trouble: Trouble | undefined): void {
    this.#change({ trouble });
  }

  #snapshot(conversation: Conversation, now_ms: number): void {
    const ids = conversation.ids;
    this.#began = { at_ms: now_ms, position: ids.length };
    const same = this.#view.ids.every((id, position) => ids[position] === id);
    if (!same) this.#lenses.clear();
    this.#change({
      conversation,
      ids,
      turns: conversation.turns,
      generating: conversation.generating ?? false,
      epoch: same ? this.#view.epoch : this.#view.epoch + 1,
      trouble: undefined,
    });
  }

  #started({ turn, reused, computed }: TurnStarted, now_ms: number): void {
    this.#began = { at_ms: now_ms, position: turn.start };
    this.#change({
      turns: placeTurn(this.#view.turns, turn),
      generating: true,
      cost: { reused, computed },
      tokens_per_s: undefined,
    });
  }

  #tokens(message: Tokens, arrays: Safetensors | undefined, now_ms: number): void {
    if (!arrays) throw new Error("Tokens came without their arrays.");
    const added = Array.from(tensor(arrays, "ids").values);
    const { start } = message;
    const before = this.#view.ids;
    // Typed tokens that begin below what is known replace it: the template rewrote it. Generated ones are told again.
    const rewrites = !message.lens && start < before.length;
    if (rewrites) this.#forgetLenses(start);
    if (message.lens) this.#keepLenses(start, liveLenses(arrays, added.length));
    if (!rewrites && start + added.length <= before.length) {
      this.#grow({});
      return;
    }
    const ids = [...before.slice(0, start), ...added];
    const turns = extendTurns(this.#view.turns, message, ids.length);
    const tokens_per_s = this.#speed(ids.length, now_ms) ?? this.#view.tokens_per_s;
    if (message.lens) this.#grow({ ids, turns, tokens_per_s });
    else this.#change({ ids, turns, tokens_per_s, epoch: rewrites ? this.#view.epoch + 1 : this.#view.epoch });
  }

  #keepLenses(start: number, lenses: readonly LiveLens[]): void {
    for (const [i, lens] of lenses.entries()) this.#lenses.set(start + i, lens);
  }

  #forgetLenses(start: number): void {
    for (const position of this.#lenses.keys()) if (position >= start) this.#lenses.delete(position);
  }

  /** Undefined in the first moments, when one token more or less would swing it. */
  #speed(length: number, now_ms: number): number | undefined {
    const seconds = (now_ms - this.#began.at_ms) / 1000;
    return this.#view.generating && seconds > 0.3 ? (length - this.#began.position) / seconds : undefined;
  }

  #change(part: Partial<StreamView>): void {
    this.#grow(part);
    this.#outline = this.#view;
  }

  #grow(part: Partial<StreamView>): void {
    this.#view = { ...this.#view, ...part };
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      for (const reader of this.#readers) reader();
    });
  }
}
