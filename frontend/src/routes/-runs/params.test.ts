import { unread } from "../../lib/search";
import { dayStart, filtersOf, filtersOn, runsSearch } from "./params";

const read = (raw: Record<string, string>) => runsSearch.parse(raw);

test("an empty address asks for the latest runs, nothing held back", () => {
  expect(filtersOf(read({}))).toEqual({ sort: "created", desc: true });
  expect(filtersOn(read({}))).toBe(0);
});

test("runs that were put away are asked for by a filter that can be taken off", () => {
  expect(filtersOf(read({ deleted: "1" }))).toEqual({ deleted: true, sort: "created", desc: true });
  expect(filtersOn(read({ deleted: "1" }))).toBe(1);
});

test("days are whole, both inclusive, in the reader's time zone", () => {
  const { since, until } = filtersOf(read({ since: "2026-11-20", until: "2026-11-20" }));
  expect((until ?? 0) - (since ?? 0)).toBe(86_400);
  expect(new Date((since ?? 0) * 1000).getHours()).toBe(0);
});

test("what is no day and no status holds nothing back", () => {
  for (const since of ["yesterday", "2026-13-45", "2026-02-29", "2026-00-10", "2026-11-00"]) {
    const search = read({ since, status: "lost", sort: "size" });
    expect(filtersOf(search)).toEqual({ sort: "created", desc: true });
    expect(filtersOn(search)).toBe(0);
    expect(unread(runsSearch, { since })).toEqual([`since=${since}`]);
  }
  expect(dayStart("2028-02-29", 1)).toBe(dayStart("2028-03-01"));
});
