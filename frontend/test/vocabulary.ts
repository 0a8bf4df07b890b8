import type { Vocab } from "../src/lib/tokens";

const utf8 = new TextEncoder();

/** These words by id. Those of the form `<|…|>` are special. */
export const vocabularyOf = (words: readonly string[]): Vocab => ({
  size: words.length,
  bytes: (id) => utf8.encode(words[id] ?? ""),
  special: (id) => /^<\|.*\|>$/.test(words[id] ?? ""),
});

/** The same as the file that the server sends. */
export function vocabularyFile(words: readonly string[]): ArrayBuffer {
  const texts = words.map((word) => utf8.encode(word));
  const bytes = texts.flatMap((text) => [...text]);
  const offsets = Uint32Array.from([0, ...texts.keys()], (_, place) =>
    texts.slice(0, place).reduce((sum, { length }) => sum + length, 0),
  );
  const special = words.map((_, id) => Number(vocabularyOf(words).special(id)));
  const [first, second] = [4 * offsets.length, 4 * offsets.length + bytes.length];
  const header = utf8.encode(
    JSON.stringify({
      offsets: { dtype: "U32", shape: [offsets.length], data_offsets: [0, first] },
      bytes: { dtype: "U8", shape: [bytes.length], data_offsets: [first, second] },
      special: { dtype: "U8", shape: [special.length], data_offsets: [second, second + special.length] },
    }),
  );
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  return Uint8Array.from([...length, ...header, ...new Uint8Array(offsets.buffer), ...bytes, ...special]).buffer;
}
