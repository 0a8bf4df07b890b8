import fc from "fast-check";
import { gridSheet, toCsv, toJson, toTsv } from "./exportData";
import type { LensGrid } from "./lens";

const grid: LensGrid = {
  layers: ["embed", 0],
  positions: [3, 4],
  tokens: [10, 11],
  ids: [1, 2, 3, 4],
  prob: [Number.NaN, 0.25, 0.5, 1],
  entropy: [1, 2, 3, 0],
  rank: [1, 2, 3, 4],
};

/** The fields of RFC 4180 text, read by the grammar: the slow and obvious way. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, field, inside]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? "";
    if (inside && c === '"' && text[i + 1] === '"') {
      field += c;
      i++;
    } else if (c === '"') inside = !inside;
    else if (!inside && c === ",") {
      row.push(field);
      field = "";
    } else if (!inside && c === "\r" && text[i + 1] === "\n") {
      rows.push([...row, field]);
      [row, field] = [[], ""];
      i++;
    } else field += c;
  }
  return rows;
}

test("a sheet has one row per cell and a column for what the grid has", () => {
  const sheet = gridSheet(grid, (id) => `t${id}`);
  expect(sheet.columns).toEqual([
    "position",
    "token_id",
    "token",
    "layer",
    "top1_id",
    "top1_token",
    "top1_prob",
    "entropy",
    "rank",
  ]);
  expect(sheet.rows).toEqual([
    [3, 10, "t10", "embed", null, null, null, 1, 1],
    [3, 10, "t10", 0, 3, "t3", 0.5, 3, 3],
    [4, 11, "t11", "embed", 2, "t2", 0.25, 2, 2],
    [4, 11, "t11", 0, 4, "t4", 1, 0, 4],
  ]);
});

test("any text survives CSV", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", " ", '"', ",", "\r", "\n", "é") })), (texts) => {
      const safe = texts.map((text) => `x${text}`);
      expect(readCsv(toCsv({ columns: ["text"], rows: safe.map((text) => [text]) }))).toEqual([
        ["text"],
        ...safe.map((text) => [text]),
      ]);
    }),
  );
});

test("a token that looks like a formula is inert, a negative number is a number", () => {
  const sheet = {
    columns: ["t", "x"],
    rows: [
      ["=1+1", -0.5],
      ["-", null],
      ["@a", 1],
      ["+", 0],
    ],
  };
  expect(toCsv(sheet)).toBe("t,x\r\n'=1+1,-0.5\r\n'-,\r\n'@a,1\r\n'+,0\r\n");
});

test("TSV keeps one line per row", () => {
  expect(toTsv({ columns: ["t"], rows: [["a\tb\nc\\"]] })).toBe("t\na\\tb\\nc\\\\\n");
});

test("JSON is a list of objects with null for missing", () => {
  expect(JSON.parse(toJson(gridSheet(grid, String)))[0]).toMatchObject({
    position: 3,
    layer: "embed",
    top1_prob: null,
  });
});
