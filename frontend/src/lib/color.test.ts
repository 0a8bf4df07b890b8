import { contrast, entryOf, highlightAlpha, inkOn, parseColor, SCHEMES, signedTable, TABLES } from "./color";

test("tables have 256 entries and the published ends", () => {
  for (const scheme of SCHEMES) {
    expect(TABLES[scheme].packed).toHaveLength(256);
    expect(TABLES[scheme].css).toHaveLength(256);
  }
  expect([TABLES.viridis.css[0], TABLES.viridis.css[255]]).toEqual(["#440154", "#fde725"]);
  expect([TABLES.cividis.css[0], TABLES.cividis.css[255]]).toEqual(["#00224e", "#fee838"]);
});

test("packed pixels are the colours that ImageData shows", () => {
  const bytes = new Uint8Array(TABLES.viridis.packed.buffer, 0, 4);
  expect([...bytes]).toEqual([0x44, 0x01, 0x54, 255]);
});

test("sequential tables grow lighter with the value", () => {
  for (const scheme of SCHEMES) {
    const luma = TABLES[scheme].css.map((css) => contrast(parseColor(css), [0, 0, 0]));
    for (let i = 8; i < 256; i++) expect(luma[i]).toBeGreaterThan(luma[i - 8] ?? 0);
  }
});

test("text reads on every entry", () => {
  for (const scheme of SCHEMES)
    TABLES[scheme].css.forEach((css, i) => {
      expect(contrast(parseColor(css), parseColor(TABLES[scheme].ink[i] ?? ""))).toBeGreaterThan(4.5);
    });
});

test("a signed table is neutral in the middle", () => {
  const { css } = signedTable([255, 0, 0], [100, 100, 100], [0, 0, 255]);
  expect([css[0], css[255]]).toEqual(["#ff0000", "#0000ff"]);
  for (const middle of [css[127], css[128]])
    for (const channel of parseColor(middle ?? "")) expect(Math.abs(channel - 100)).toBeLessThan(2);
});

test("missing is not a low value", () => {
  expect(entryOf(Number.NaN)).toBe(-1);
  expect([entryOf(-3), entryOf(0), entryOf(1), entryOf(9)]).toEqual([0, 0, 255, 255]);
});

test("colours are read from the forms that style sheets give", () => {
  expect(parseColor(" #5b9dff")).toEqual([91, 157, 255]);
  expect(parseColor("#fff")).toEqual([255, 255, 255]);
  expect(parseColor("rgb(1, 2, 3)")).toEqual([1, 2, 3]);
  expect(() => parseColor("azure-ish")).toThrow(/expected a colour/);
});

test("ink and highlights", () => {
  expect([inkOn([255, 255, 255]), inkOn([0, 0, 0])]).toEqual(["#000000", "#ffffff"]);
  expect([highlightAlpha(0), highlightAlpha(1), highlightAlpha(-1), highlightAlpha(Number.NaN)]).toEqual([
    0, 0.45, 0.45, 0,
  ]);
});
