import { movesTo } from "./order";

const rows = [
  { id: "a", priority: 5 },
  { id: "b", priority: 0 },
  { id: "c", priority: 0 },
  { id: "d", priority: 0 },
];

/** What the server makes of it. */
function after(from: number, to: number): string | undefined {
  const asked = movesTo(rows, from, to);
  if (asked.length === 0) return undefined;
  return asked
    .reduce(
      (ids, { move, before }) => ids.filter((id) => id !== move).flatMap((id) => (id === before ? [move, id] : [id])),
      rows.map(({ id }) => id),
    )
    .join("");
}

test("a run goes up and down by one, and to any place of its priority", () => {
  expect(after(2, 1)).toBe("acbd");
  expect(after(3, 1)).toBe("adbc");
  expect(after(1, 2)).toBe("acbd");
  expect(after(2, 3)).toBe("abdc");
  expect(after(1, 3)).toBe("acdb");
});

test("no run crosses into another priority, nor off either end", () => {
  expect(after(1, 0)).toBeUndefined();
  expect(after(3, 4)).toBeUndefined();
  expect(after(2, 2)).toBeUndefined();
});
