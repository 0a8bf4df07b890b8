/** Turns of a conversation as ranges of tokens. */

/** As turns on the wire, and `continuation`: what a model wrote behind a `text`. */
export type Role = "system" | "user" | "assistant" | "template" | "text" | "continuation";

/** One token of a strip. */
export interface StripToken {
  /** 0-based position in the model's input: what is selected, pinned and linked to. */
  position: number;
  id: number;
  role: Role;
}

/** The tokens `start` up to, not including, `end` of the strip, with the template tokens that open and close the turn. */
export interface Block {
  role: Role;
  start: number;
  end: number;
}

interface Turn {
  role: Role;
  start: number;
  end: number;
  /** Null where somebody typed it. */
  sampling: unknown;
}

/** The roles of positions, with what a model wrote told from the text that it was given. */
export function stripRoles(roles: readonly Role[], turns: readonly Turn[]): Role[] {
  const told = [...roles];
  for (const { role, start, end, sampling } of turns)
    if (role === "text" && sampling !== null) told.fill("continuation", start, end);
  return told;
}

interface Run {
  template: boolean;
  role: Role;
  start: number;
  end: number;
}

function runsOf(tokens: readonly StripToken[]): Run[] {
  const runs: Run[] = [];
  tokens.forEach(({ role }, index) => {
    const last = runs.at(-1);
    if (last && last.role === role) last.end = index + 1;
    else runs.push({ template: role === "template", role, start: index, end: index + 1 });
  });
  return runs;
}

/** Where a template run between two turns is cut: what is before closes the earlier turn, the rest opens the later one. */
function cut(tokens: readonly StripToken[], run: Run, special: (id: number) => boolean, last: boolean): number {
  const marks: number[] = [];
  for (let i = run.start; i < run.end; i++) if (special(tokens[i]?.id ?? -1)) marks.push(i);
  const [first, second] = marks;
  if (second !== undefined) return second;
  // One mark alone opens the next turn; after the last turn it closes it.
  return first === undefined || last ? run.end : first;
}

/**
 * The turns of a strip. Every token is in exactly one block, in order.
 *
 * Template tokens join the turn they open or close: `<|end|>` the one before, `<|user|>` the one after. A template run at the end
 * that already opens a turn without text is a block of role "template".
 */
export function blocksOf(tokens: readonly StripToken[], special: (id: number) => boolean): Block[] {
  const runs = runsOf(tokens);
  const blocks: Block[] = [];
  let start = 0;
  runs.forEach((run, index) => {
    if (!run.template) {
      const open = blocks.at(-1);
      // The same role goes on where the template between held no mark of a new turn.
      if (open && open.role === run.role && open.end === run.start) open.end = run.end;
      else blocks.push({ role: run.role, start, end: run.end });
      start = run.end;
      return;
    }
    const open = blocks.at(-1);
    if (!open) return;
    open.end = cut(tokens, run, special, index === runs.length - 1);
    start = open.end;
  });
  if (start < tokens.length) blocks.push({ role: "template", start, end: tokens.length });
  return blocks;
}

/**
 * A block cut after tokens that end a line, into pieces of at least `least` tokens.
 *
 * The browser lays out a piece at a time, so a growing text costs its last piece and not the whole turn.
 */
export function paragraphsOf(
  { start, end }: Block,
  endsLine: (index: number) => boolean,
  least = 32,
): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  let from = start;
  for (let index = start; index < end; index++) {
    if (index + 1 - from < least || !endsLine(index)) continue;
    pieces.push({ start: from, end: index + 1 });
    from = index + 1;
  }
  if (from < end) pieces.push({ start: from, end });
  return pieces;
}
