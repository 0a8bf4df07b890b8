/**
 * How the bytes of tokens show on a screen.
 *
 * A token is bytes, not text: a character may be split over several tokens, and bytes need not be UTF-8 at all. For display the
 * bytes of neighbours are joined (a character belongs to the token that holds its first byte), while every token stays one thing
 * that can be selected. What would be invisible or would rearrange its surroundings (spaces, controls, bidirectional marks) is
 * written out. Token text is data: nothing here produces or reads markup.
 */

/** The token strings of one model, by id. */
export interface Vocab {
  /** Number of ids; valid ids are 0 to size − 1. */
  size: number;
  /** The bytes that the token stands for; empty where the id has none. */
  bytes(id: number): Uint8Array;
  /** Whether the token is a control token of the model (begin, end, role) and never ordinary text. */
  special(id: number): boolean;
}

/** A run of characters to draw. A mark stands for something that has no visible form of its own. */
export interface Part {
  text: string;
  mark: boolean;
}

/** What one token shows in a row of tokens. */
export interface Chip {
  parts: readonly Part[];
  /** The token's first bytes finish a character that an earlier token began. */
  continues: boolean;
  /** The token's last bytes begin a character that later tokens finish. */
  spreads: boolean;
  special: boolean;
}

export interface DisplayOptions {
  /** Spaces as `·` and tabs as `⇥`. Newlines (`⏎`) and controls are always visible. Defaults to true. */
  whitespace?: boolean;
  /** Begin a new line after a newline. Defaults to false: labels have one line. */
  breaks?: boolean;
}

/** Decoded text, or the value of one byte that is not part of any character. */
type Segment = string | number;

interface Decoded {
  segments: Segment[];
  continues: boolean;
  spreads: boolean;
}

const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;

/** Length of the well-formed UTF-8 character at `index`, or 0: no overlong forms, no surrogates, nothing above U+10FFFF. */
function characterLength(bytes: Uint8Array, index: number): number {
  const lead = byteAt(bytes, index);
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (length === 0 || index + length > bytes.length) return 0;
  const second = byteAt(bytes, index + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = index + 2; i < index + length; i++) if ((byteAt(bytes, i) & 0xc0) !== 0x80) return 0;
  return length;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function appendText(segments: Segment[], text: string): void {
  const last = segments.length - 1;
  const before = segments[last];
  if (typeof before === "string") segments[last] = before + text;
  else segments.push(text);
}

/** The segments of each token when all are read as one byte stream. */
function decodeJoined(tokens: readonly Uint8Array[]): Decoded[] {
  const decoded: Decoded[] = tokens.map(() => ({ segments: [], continues: false, spreads: false }));
  const total = tokens.reduce((sum, bytes) => sum + bytes.length, 0);
  const bytes = new Uint8Array(total);
  const owner = new Uint32Array(total);
  let filled = 0;
  tokens.forEach((token, index) => {
    bytes.set(token, filled);
    owner.fill(index, filled, filled + token.length);
    filled += token.length;
  });
  for (let i = 0; i < total; ) {
    const first = owner[i] ?? 0;
    const length = characterLength(bytes, i);
    const mine = decoded[first];
    if (length === 0) mine?.segments.push(byteAt(bytes, i));
    else if (mine) {
      appendText(mine.segments, utf8.decode(bytes.subarray(i, i + length)));
      for (let j = i + 1; j < i + length; j++) {
        const other = owner[j] ?? first;
        const piece = decoded[other];
        if (other === first || !piece) continue;
        mine.spreads = true;
        piece.continues = true;
        if (j + 1 < i + length && owner[j + 1] !== other) piece.spreads = true;
      }
    }
    i += Math.max(1, length);
  }
  return decoded;
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");

/** One undecodable byte, as `<0xE2>`. */
export const byteEscape = (byte: number): string => `<0x${hex(byte, 2)}>`;

/** All bytes of a token as hexadecimal pairs: `20 69 73`. */
export const byteList = (bytes: Uint8Array): string => Array.from(bytes, (byte) => hex(byte, 2)).join(" ");

// Controls, formatting marks (bidirectional overrides, tags, zero-width), line and paragraph separators, unusual spaces, and
// letters that draw nothing (fillers).
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]/u;
const COMBINING = /^\p{M}/u;
const PICTOGRAPH = /(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
// Zero-width joiner and variation selectors are part of an emoji that stands before them.
const EMOJI_GLUE = new Set(["\u200D", "\uFE0E", "\uFE0F"]);

/** `whitespace` and `breaks` applied to one character, or null where the character shows as itself. */
function mark(character: string, before: string, { whitespace = true, breaks = false }: DisplayOptions): string | null {
  if (character === " ") return whitespace ? "·" : null;
  if (character === "\n") return breaks ? "⏎\n" : "⏎";
  if (character === "\t") return whitespace ? "⇥" : null;
  if (EMOJI_GLUE.has(character) && PICTOGRAPH.test(before)) return null;
  return INVISIBLE.test(character) ? `<U+${hex(character.codePointAt(0) ?? 0, 4)}>` : null;
}

function appendPart(parts: Part[], text: string, isMark: boolean): void {
  const last = parts.at(-1);
  if (last && last.mark === isMark) last.text += text;
  else parts.push({ text, mark: isMark });
}

/** Text with everything invisible written out. A combining sign with nothing before it gets a dotted circle to stand on. */
export function showText(text: string, options: DisplayOptions = {}): Part[] {
  const parts: Part[] = [];
  let before = "";
  for (const character of text) {
    const shown = mark(character, before, options);
    if (shown !== null) appendPart(parts, shown, true);
    else appendPart(parts, before === "" && COMBINING.test(character) ? `◌${character}` : character, false);
    before = character;
  }
  return parts;
}

function showSegments(segments: readonly Segment[], options: DisplayOptions): Part[] {
  return segments.flatMap((segment) =>
    typeof segment === "string" ? showText(segment, options) : [{ text: byteEscape(segment), mark: true }],
  );
}

const EMPTY: readonly Part[] = [{ text: "∅", mark: true }];

/** What the tokens `ids[start..end)` show, each in the context of its neighbours. */
export function chipsOf(
  ids: ArrayLike<number>,
  vocab: Vocab,
  options: DisplayOptions = {},
  start = 0,
  end = ids.length,
): Chip[] {
  // A character has at most four bytes, so three tokens on either side decide how the range reads.
  const from = Math.max(0, start - 3);
  const to = Math.min(ids.length, end + 3);
  const around = Array.from({ length: to - from }, (_, i) => ids[from + i] ?? 0);
  // A special token is not part of the byte stream: no character runs across it.
  const decoded: Decoded[] = [];
  let run: Uint8Array[] = [];
  const flush = () => {
    decoded.push(...decodeJoined(run));
    run = [];
  };
  for (const id of around) {
    if (vocab.special(id)) {
      flush();
      decoded.push(...decodeJoined([vocab.bytes(id)]));
    } else run.push(vocab.bytes(id));
  }
  flush();
  return around.slice(start - from, end - from).map((id, i) => {
    const own = decoded[start - from + i];
    const parts = showSegments(own?.segments ?? [], options);
    const continues = own?.continues ?? false;
    return {
      parts: parts.length > 0 || continues ? parts : EMPTY,
      continues,
      spreads: own?.spreads ?? false,
      special: vocab.special(id),
    };
  });
}

/** A token on its own, on one line: `·the`, `⏎`, `<0xE2><0x80>`. */
export function tokenLabel(id: number, vocab: Vocab, options: DisplayOptions = {}): string {
  const [own] = decodeJoined([vocab.bytes(id)]);
  const parts = showSegments(own?.segments ?? [], { ...options, breaks: false });
  return (parts.length > 0 ? parts : EMPTY).map((part) => part.text).join("");
}

/** A token's text for data files: as it is, with undecodable bytes written out. */
export function tokenText(id: number, vocab: Vocab): string {
  const [own] = decodeJoined([vocab.bytes(id)]);
  return (own?.segments ?? []).map((part) => (typeof part === "string" ? part : byteEscape(part))).join("");
}

/** `tokenLabel` of one vocabulary, each id computed once. */
export function labeller(vocab: Vocab, options: DisplayOptions = {}): (id: number) => string {
  const known = new Map<number, string>();
  return (id) => {
    const label = known.get(id) ?? tokenLabel(id, vocab, options);
    known.set(id, label);
    return label;
  };
}
