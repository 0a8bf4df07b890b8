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

test("a sheet has one row per cell and a column for what the grid has; its ranks count from 0", () => {
  const sheet = gridSheet(grid, (id) => `t${id}`);
  expect(sheet.columns).toEqual([
    "position",
    "layer",
    "token_id",
    "token",
    "top1_id",
    "top1_token",
    "top1_prob",
    "entropy",
    "rank",
  ]);
  expect(sheet.rows).toEqual([
    [3, "embed", 10, "t10", null, null, null, 1, 0],
    [3, 0, 10, "t10", 3, "t3", 0.5, 3, 2],
    [4, "embed", 11, "t11", 2, "t2", 0.25, 2, 1],
    [4, 0, 11, "t11", 4, "t4", 1, 0, 3],
  ]);
});

test("what a grid is compared with stands beside it, at the same layer and position", () => {
  const other: LensGrid = {
    layers: [0, 1],
    positions: [4],
    tokens: [20],
    ids: [5, 6],
    prob: [0.5, 0.75],
    entropy: [7, 8],
    rank: [1, Number.NaN],
  };
  const { columns, rows } = gridSheet(grid, (id) => `t${id}`, { grid: other, text: (id) => `o${id}` });
  const alone = gridSheet(grid, (id) => `t${id}`);
  expect(columns.slice(9)).toEqual(alone.columns.slice(2).map((name) => `vs_${name}`));
  expect(rows.map((row) => row.slice(0, 9))).toEqual(alone.rows);
  const none = Array.from({ length: 7 }, () => null);
  expect(rows.map((row) => row.slice(9))).toEqual([none, none, none, [20, "o20", 5, "o5", 0.5, 7, 0]]);
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

test("where patches were in force, each row has the hash of their set", () => {
  const head = (read: string, patches: object[]) => JSON.stringify({ query: { read }, patches });
  const columnOf = (part: Partial<LensGrid>) => {
    const { columns, rows } = gridSheet({ ...grid, ...part }, String);
    return [columns.at(-1), ...new Set(rows.map((row) => `${row[0]} ${row.at(-1)}`))];
  };
  const switched = [{ start: 3, set: "a" }];
  expect(columnOf({ head: head("after", switched) })).toEqual(["patches", "3 a", "4 a"]);
  expect(columnOf({ head: head("for", switched) })).toEqual(["patches", "3 null", "4 a"]);
  expect(columnOf({ head: head("for", [...switched, { start: 4, set: null }]) })).toEqual(["patches", "3 null", "4 a"]);
  expect(gridSheet({ ...grid, head: head("for", []) }, String).columns).not.toContain("patches");
});
