/**
 * The rails of this tab: one for each conversation and each text, kept over a reload, and how the address comes after them.
 *
 * A plain class outside React. An edit is on the rail at once; the set that it makes is kept by the server and written into
 * the address one at a time, the newest next, so that a dragged slider never queues. What a strength passes through while
 * it is dragged or typed is no set of anybody's: it is kept once it is let go or held still.
 */
import * as z from "zod/mini";
import { addressFollows } from "../../lib/following";
import { EMPTY_RAIL, inForce, type Rail, type SetMember } from "../../lib/patchRail";

/** A rail before there is a conversation. */
export const NEW = "new";

/** As long it stays what it is where it is held still. */
const STILL_MS = 350;
/** Between two sets of one drag that acts at once: browsers slow down what writes its history more often. */
const PAUSE_MS = 200;
const LOOK_MS = 20;
/** What a choice does comes on screen before the address comes after it. */
const NUMBERS_FIRST_MS = 150;

/** A choice is a step of the browser's history; a drag goes on with the one that it began. */
export type How = "push" | "replace";

/** Hash of a set in an address; undefined is the model as it is. */
type InAddress = string | undefined;

/** Brings the address, which has `from` unless somebody went elsewhere, after the rail; gives what it has then. Rejects where it could not. */
export type Bring = (members: readonly SetMember[], how: How, from: InAddress) => Promise<InAddress>;

const scope = z.discriminatedUnion("type", [
  z.object({ type: z.literal("all") }),
  z.object({ type: z.literal("prompt") }),
  z.object({ type: z.literal("generated") }),
  z.object({ type: z.literal("span"), start: z.number(), end: z.number() }),
  z.object({ type: z.literal("feature"), sae: z.string(), site: z.string(), feature: z.number(), above: z.number() }),
]);
const member = z.object({ key: z.number(), hash: z.string(), strength: z.number(), scope, on: z.boolean() });
const shelf = z.object({ members: z.array(member), solo: z.nullable(z.number()) });
const rail = z.object({ shelf, past: z.array(shelf), future: z.array(shelf), held: z.null() });
const ahead = z.object({ from: z.optional(z.string()) });
const written = z.object({ rail, ahead: z.optional(ahead) });

const place = (key: string) => `patch-rail-${key}`;

interface Remembered {
  rail: Rail;
  /** What the address had that it goes on from, where it was left ahead of it. */
  ahead?: { from?: InAddress } | undefined;
}

function remembered(key: string): Remembered {
  try {
    return written.parse(JSON.parse(sessionStorage.getItem(place(key)) ?? ""));
  } catch {
    return { rail: EMPTY_RAIL };
  }
}

export class RailStore {
  readonly #key: string;
  #rail: Rail;
  #readers = new Set<() => void>();
  #how: How | undefined;
  #bringing: Promise<void> | undefined;
  #changed = 0;
  #hurries = false;
  /** The address that the rail goes on from, while it is ahead of it; a page that was left before it came after says so, too. */
  #ahead: Remembered["ahead"];

  constructor(key: string) {
    this.#key = key;
    const { rail, ahead } = remembered(key);
    this.#rail = rail;
    this.#ahead = ahead;
  }

  rail = (): Rail => this.#rail;

  subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };

  /** The address is on its way after the rail. */
  get behind(): boolean {
    return this.#bringing !== undefined;
  }

  /**
   * Whether a page was left before the address, which is still the one that the rail went on from, had come after it.
   * Asked once: whatever the answer is, the address counts from then on.
   */
  takesUp(patches: InAddress): boolean {
    if (this.behind || !this.#ahead) return false;
    const { from } = this.#ahead;
    this.#ahead = undefined;
    return from === patches;
  }

  /** Resolves when the address has what is on the rail, or could not get it. */
  settled(): Promise<void> {
    return this.#bringing ?? Promise.resolve();
  }

  /** The same, for whoever waits for it with something else to do: it comes at once. */
  hurried(): Promise<void> {
    this.#hurries = this.behind;
    return this.settled();
  }

  set(rail: Rail): void {
    if (rail === this.#rail) return;
    if (rail.shelf !== this.#rail.shelf) this.#changed = Date.now();
    this.#rail = rail;
    this.#write();
    for (const reader of this.#readers) reader();
  }

  #write(): void {
    const kept = { rail: { ...this.#rail, held: null }, ahead: this.#ahead };
    sessionStorage.setItem(place(this.#key), JSON.stringify(kept));
  }

  /**
   * Brings the address after the rail. `bring` tells what it could not do.
   *
   * Args:
   *   from: what the address has now.
   *   acts: what is chosen or dragged is to be in force at once, such as in a turn that is written.
   */
  follow(how: How, from: InAddress, bring: Bring, acts: () => boolean = () => false): void {
    this.#how = this.#how === "push" ? "push" : how;
    if (this.#bringing) return;
    this.#ahead = { from };
    this.#write();
    this.#bringing = this.#bring(bring, acts).finally(() => {
      this.#bringing = undefined;
      this.#write();
    });
    addressFollows(this.#bringing, () => this.hurried());
  }

  async #bring(bring: Bring, acts: () => boolean): Promise<void> {
    while (this.#how) {
      await this.#quiet(acts);
      const how = this.#how;
      this.#how = undefined;
      this.#hurries = false;
      // What could not be brought, as by a page that is being left, may be taken up by the next one.
      const from = this.#ahead?.from;
      this.#ahead = await bring(inForce(this.#rail.shelf), how, from).then(
        (has) => (this.#how ? { from: has } : undefined),
        () => ({ from }),
      );
    }
  }

  /** Until what is dragged is let go or held still, and what is chosen has come on screen; what acts waits for neither. */
  async #quiet(acts: () => boolean): Promise<void> {
    const began = Date.now();
    while (!this.#hurries) {
      const held = this.#rail.held !== null;
      if (acts() && (!held || this.#how === "push" || Date.now() - began >= PAUSE_MS)) return;
      if (Date.now() - this.#changed >= (held ? STILL_MS : NUMBERS_FIRST_MS)) return;
      await pause(LOOK_MS);
    }
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const rails = new Map<string, RailStore>();

export function railOf(key: string): RailStore {
  const known = rails.get(key);
  if (known) return known;
  const made = new RailStore(key);
  rails.set(key, made);
  return made;
}

/** A conversation goes on with the rail that stood beside the one it came from; a new one leaves an empty rail behind. */
export function carryRail(from: string, to: string): void {
  railOf(to).set(railOf(from).rail());
  if (from === NEW) railOf(NEW).set(EMPTY_RAIL);
}
