import fc from "fast-check";
import { byteList, chipsOf, labeller, showText, tokenLabel, tokenText, type Vocab } from "./tokens";

const utf8 = new TextEncoder();

/** A vocabulary whose id is the index into `entries`; strings of the form `<|…|>` are special. */
function vocabOf(entries: readonly (string | number[])[]): Vocab {
  const bytes = entries.map((entry) => (typeof entry === "string" ? utf8.encode(entry) : Uint8Array.from(entry)));
  return {
    size: entries.length,
    bytes: (id) => bytes[id] ?? new Uint8Array(),
    special: (id) => /^<\|.*\|>$/.test(String(entries[id])),
  };
}

const shown = (entries: readonly (string | number[])[], options = {}) => {
  const vocab = vocabOf(entries);
  return chipsOf([...entries.keys()], vocab, options).map((chip) => chip.parts.map((part) => part.text).join(""));
};

test("whitespace is visible, and plain on request", () => {
  expect(shown([" is", "a\tb", "\n"])).toEqual(["·is", "a⇥b", "⏎"]);
  expect(shown([" is", "a\tb", "\n"], { whitespace: false, breaks: true })).toEqual([" is", "a\tb", "⏎\n"]);
  expect(shown(["a\n"], { breaks: true })).toEqual(["a⏎\n"]);
});

test("a character split over tokens shows once, on the token with its first byte", () => {
  const [first, second, third] = chipsOf([0, 1, 2], vocabOf([[0x20, 0xf0, 0x9f], [0x98], [0x80, 0x21]]));
  expect(first?.parts.map((part) => part.text)).toEqual(["·", "😀"]);
  expect(first).toMatchObject({ continues: false, spreads: true });
  expect(second).toMatchObject({ parts: [], continues: true, spreads: true });
  expect(third).toMatchObject({ parts: [{ text: "!", mark: false }], continues: true, spreads: false });
});

test("a character that is not finished yet shows its bytes", () => {
  expect(shown([[0xe2, 0x80]])).toEqual(["<0xE2><0x80>"]);
  expect(shown([[0xe2, 0x80], [0x99]])).toEqual(["’", ""]);
});

test("bytes that are no text show as bytes: surrogates, overlong forms, stray continuation bytes", () => {
  expect(shown([[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff]])).toEqual(["<0xED><0xA0><0x80>", "<0xC0><0xAF>", "<0xFF>"]);
});

test("no character runs across a special token", () => {
  expect(shown([[0xe2, 0x80], "<|end|>", [0x99]])).toEqual(["<0xE2><0x80>", "<|end|>", "<0x99>"]);
});

test("a token without bytes shows that it is empty", () => {
  expect(shown([""])).toEqual(["∅"]);
});

test("what would rearrange or hide text is written out", () => {
  const text = (value: string) =>
    showText(value)
      .map((part) => part.text)
      .join("");
  expect(text("a\u202Eb")).toBe("a<U+202E>b");
  expect(text("\u0000\u0085\u00A0\u200B\u{E0041}")).toBe("<U+0000><U+0085><U+00A0><U+200B><U+E0041>");
  expect(text("\u0301")).toBe("◌\u0301");
  expect(text("👩‍💻❤️")).toBe("👩‍💻❤️");
});

test("markup is text like any other", () => {
  expect(showText("<script>")).toEqual([{ text: "<script>", mark: false }]);
});

test("a range shows what it shows within the whole", () => {
  const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 });
  const mixed = fc.oneof(
    bytes,
    fc.string({ unit: "binary" }).map((text) => Array.from(utf8.encode(text), (byte) => Uint8Array.of(byte))),
  );
  fc.assert(
    fc.property(mixed, fc.nat(12), fc.nat(12), (tokens, a, b) => {
      const vocab = vocabOf(tokens.map((token) => [...token]));
      const ids = [...tokens.keys()];
      const [start, end] = [Math.min(a, b, ids.length), Math.min(Math.max(a, b), ids.length)];
      expect(chipsOf(ids, vocab, {}, start, end)).toEqual(chipsOf(ids, vocab).slice(start, end));
    }),
  );
});

test("a text split into single bytes reads the same", () => {
  const unit = fc.constantFrom("a", " ", "\n", "é", "中", "😀", "<");
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const tokens = Array.from(utf8.encode(text), (byte) => [byte]);
      expect(shown(tokens, { whitespace: false, breaks: true }).join("").replaceAll("⏎", "")).toBe(text);
    }),
  );
});

test("labels, raw text and byte lists of single tokens", () => {
  const vocab = vocabOf([" the", [0xe2, 0x80], "a\nb"]);
  expect(tokenLabel(0, vocab)).toBe("·the");
  expect(labeller(vocab)(2)).toBe("a⏎b");
  expect(tokenText(0, vocab)).toBe(" the");
  expect(tokenText(1, vocab)).toBe("<0xE2><0x80>");
  expect(byteList(vocab.bytes(1))).toBe("E2 80");
});
