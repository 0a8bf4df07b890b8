import { act, renderHook } from "@testing-library/react";
import type { Section } from "../../lib/firings";
import { useOpenSections } from "./openSections";

const section = (sae: string, dictionary = ""): Section => ({
  reading: {
    sae,
    site: "L8.resid_post",
    features: [],
    l0: 0,
    shown_share: 0,
    error_norm: 1,
    residual_norm: 1,
    fvu: null,
    dictionary,
  },
  also: [],
  names: [sae],
});
const SECTIONS = [section("a", "a"), section("b"), section("c")];
const show = (sections: readonly Section[], colored?: Section) =>
  renderHook(() => useOpenSections(sections, colored)).result;
const open = (result: ReturnType<typeof show>, sections = SECTIONS) => sections.map(result.current.isOpen);

beforeEach(() => localStorage.clear());

test("what was harvested stands open, and without any such the first one", () => {
  expect(open(show(SECTIONS))).toEqual([true, false, false]);
  const others = SECTIONS.slice(1);
  expect(open(show(others), others)).toEqual([true, false]);
});

test("what the reader opens and closes stays so, here and on the next page", () => {
  const first = show(SECTIONS);
  act(() => first.current.setOpen([...SECTIONS.slice(0, 2)], false));
  act(() => first.current.setOpen([...SECTIONS.slice(2)], true));
  expect(open(first)).toEqual([false, false, true]);
  expect(open(show(SECTIONS))).toEqual([false, false, true]);
});

test("a link to a feature that colours opens its section, however it was left, until it is closed", () => {
  const before = show(SECTIONS);
  act(() => before.current.setOpen(SECTIONS, false));
  const led = show(SECTIONS, SECTIONS[1]);
  expect(open(led)).toEqual([false, true, false]);
  act(() => led.current.setOpen(SECTIONS, false));
  expect(open(led)).toEqual([false, false, false]);
});
