import type { Vocab } from "../../lib/tokens";

/** Controls, and marks that turn the direction of what stands around them. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** The first tokens as one line. `more`: others follow that are not shown. */
export const titleOf = (ids: readonly number[], vocab: Vocab, more: boolean, patches: string | null = null): string =>
  `${typedOf(ids, vocab).replaceAll(UNSEEN, " ").trim() || "Untitled"}${more ? "…" : ""}${patches ? ", patched" : ""}`;

/** What was typed: the control token that a tokenizer puts before a text is left out. */
export const typedOf = (ids: readonly number[], vocab: Vocab): string =>
  textOf(ids[0] !== undefined && vocab.special(ids[0]) ? ids.slice(1) : ids, vocab);

/** The tokens' bytes as text; bytes that are no character become U+FFFD. */
export function textOf(ids: readonly number[], vocab: Vocab): string {
  const pieces = ids.map((id) => vocab.bytes(id));
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let filled = 0;
  for (const piece of pieces) {
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
