import type { Vocab } from "../../lib/tokens";

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
