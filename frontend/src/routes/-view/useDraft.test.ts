import { act, renderHook } from "@testing-library/react";
import { useDraft } from "./useDraft";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what is dragged shows at once, and is kept once it rests", () => {
  const kept: number[] = [];
  const { result } = renderHook(({ now }) => useDraft(now, (value) => kept.push(value)), { initialProps: { now: 1 } });
  act(() => result.current[1](0.5));
  act(() => result.current[1](0.2));
  expect(result.current[0]).toBe(0.2);
  expect(kept).toEqual([]);
  act(() => vi.advanceTimersByTime(250));
  expect(kept).toEqual([0.2]);
});

test("an address that comes behind takes nothing back, one that changes by itself does", () => {
  const { result, rerender } = renderHook(({ now }) => useDraft(now, () => {}), { initialProps: { now: 1 } });
  act(() => result.current[1](0.5));
  act(() => vi.advanceTimersByTime(250));
  act(() => result.current[1](0.7));
  rerender({ now: 0.5 });
  expect(result.current[0]).toBe(0.7);
  rerender({ now: -1 });
  expect(result.current[0]).toBe(-1);
});
