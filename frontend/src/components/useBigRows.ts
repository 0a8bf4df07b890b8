/** A scroller over rows of one height, any number of them: `lib/bigRows.ts` says which are in view. */
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { type Extent, moved, type Place, placeOfRow, placeToShow, rowsIn, spacerPx, thumbOf } from "../lib/bigRows";

const OVERSCAN = 8;
/** After that long without a scroll the thumb goes where it belongs. */
const IDLE_MS = 150;

export interface BigRows {
  /** Height of what is scrolled, below the header. */
  spacerPx: number;
  /** Rows to draw; `last` is −1 where there are none. */
  first: number;
  last: number;
  /** Where the first of them is drawn, in pixels below the spacer's top. */
  y: number;
  onScroll: () => void;
  /** Puts a row on top. */
  scrollToRow: (row: number) => void;
  /** Moves as little as shows a row. */
  showRow: (row: number) => void;
}

interface Drawn {
  first: number;
  last: number;
  y: number;
}

const same = (a: Drawn, b: Drawn): boolean => a.first === b.first && a.last === b.last && a.y === b.y;

/**
 * Args:
 *   ref: the scroller.
 *   count: rows in all.
 *   rowPx: height of a row, CSS pixels.
 *   headPx: height of what sticks to the scroller's top.
 */
export function useBigRows(ref: RefObject<HTMLElement | null>, count: number, rowPx: number, headPx: number): BigRows {
  const place = useRef<Place>({ top: 0, thumb: 0 });
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [drawn, setDrawn] = useState<Drawn>({ first: 0, last: -1, y: 0 });
  const extent = useCallback(
    (): Extent => ({ count, rowPx, viewPx: Math.max(rowPx, (ref.current?.clientHeight ?? 0) - headPx) }),
    [ref, count, rowPx, headPx],
  );
  const draw = useCallback(() => {
    const { top, thumb } = place.current;
    const rows = rowsIn(extent(), top, OVERSCAN);
    const next = { ...rows, y: thumb - top + rows.first * rowPx };
    setDrawn((now) => (same(now, next) ? now : next));
  }, [extent, rowPx]);
  const go = useCallback(
    (to: Place) => {
      const scroller = ref.current;
      if (!scroller) return;
      scroller.scrollTop = to.thumb;
      // Browsers round it: what they made of it is where the next step begins.
      place.current = { top: to.top, thumb: scroller.scrollTop };
      draw();
    },
    [ref, draw],
  );
  const onScroll = useCallback(() => {
    const scroller = ref.current;
    if (!scroller || scroller.scrollTop === place.current.thumb) return;
    place.current = moved(extent(), place.current, scroller.scrollTop);
    draw();
    clearTimeout(idle.current);
    idle.current = setTimeout(() => {
      const { top, thumb } = place.current;
      const right = thumbOf(extent(), top);
      if (Math.abs(right - thumb) > 1) go({ top, thumb: right });
    }, IDLE_MS);
  }, [ref, extent, draw, go]);
  const scrollToRow = useCallback((row: number) => go(placeOfRow(extent(), row)), [go, extent]);
  const showRow = useCallback(
    (row: number) => {
      const to = placeToShow(extent(), place.current, row);
      if (to) go(to);
    },
    [go, extent],
  );
  useLayoutEffect(() => {
    const scroller = ref.current;
    if (!scroller) return;
    const measured = () => {
      place.current = moved(extent(), place.current, scroller.scrollTop);
      draw();
    };
    measured();
    const observer = new ResizeObserver(measured);
    observer.observe(scroller);
    return () => {
      observer.disconnect();
      clearTimeout(idle.current);
    };
  }, [ref, extent, draw]);
  return { spacerPx: spacerPx(extent()), ...drawn, onScroll, scrollToRow, showRow };
}
