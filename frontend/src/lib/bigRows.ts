/**
 * Which rows of a very long table are in view. Knows no DOM.
 *
 * Browsers clamp the height of an element (Chromium at 33.5 million pixels, Firefox at about 17.9), so the spacer behind the
 * scroll bar is at most MAX_PX high. Above that the thumb's place and the rows' place are two things: small steps (a wheel, a
 * key) move both by the same pixels, and a jump (the thumb is dragged) maps one to the other. Near both ends the map is one to
 * one, so that a wheel reaches the first and the last row by exact steps.
 */

/** Height of the spacer at most, in CSS pixels. */
export const MAX_PX = 8_000_000;
/** Pixels at either end where the thumb and the rows move alike. */
const EDGE_PX = 500_000;

export interface Extent {
  /** Rows in all. */
  count: number;
  /** Height of a row in CSS pixels. */
  rowPx: number;
  /** Height of the window on the rows in CSS pixels, the header not included. */
  viewPx: number;
}

/** Where a table is scrolled to. */
export interface Place {
  /** Of the window's top below the first row's, in pixels of the whole table. */
  top: number;
  /** The scroller's own offset. */
  thumb: number;
}

const realPx = ({ count, rowPx }: Extent): number => count * rowPx;

/** Height of what is scrolled. */
export const spacerPx = (extent: Extent): number => Math.min(realPx(extent), MAX_PX);

/** The furthest that the window goes. */
const lastTop = (extent: Extent): number => Math.max(0, realPx(extent) - extent.viewPx);
const lastThumb = (extent: Extent): number => Math.max(0, spacerPx(extent) - extent.viewPx);

const between = (low: number, value: number, high: number): number => Math.max(low, Math.min(value, high));

/** Moves `value` from a range of length `from` to one of length `to`: one to one near the ends, stretched in the middle. */
function stretched(value: number, from: number, to: number): number {
  if (from === to) return value;
  if (value <= EDGE_PX) return value;
  if (value >= from - EDGE_PX) return to - (from - value);
  return EDGE_PX + ((value - EDGE_PX) / (from - 2 * EDGE_PX)) * (to - 2 * EDGE_PX);
}

/** The thumb's offset that stands for a place in the table. */
export const thumbOf = (extent: Extent, top: number): number => stretched(top, lastTop(extent), lastThumb(extent));

/** The place in the table that the thumb's offset stands for. */
export const topOf = (extent: Extent, thumb: number): number => stretched(thumb, lastThumb(extent), lastTop(extent));

/** Where the table is once the scroller has moved to `thumb`. */
export function moved(extent: Extent, place: Place, thumb: number): Place {
  const by = thumb - place.thumb;
  const step = Math.abs(by) < 2 * extent.viewPx && thumb > 0 && thumb < lastThumb(extent) - 1;
  const top = step && realPx(extent) > MAX_PX ? place.top + by : topOf(extent, thumb);
  return { top: between(0, top, lastTop(extent)), thumb };
}

/** Where the table is with this row on top, or the last page where there are not enough rows below it. */
export function placeOfRow(extent: Extent, row: number): Place {
  const top = between(0, row * extent.rowPx, lastTop(extent));
  return { top, thumb: thumbOf(extent, top) };
}

/** Where the table is when it moves as little as shows the whole row; undefined where it is in view already. */
export function placeToShow(extent: Extent, place: Place, row: number): Place | undefined {
  const [top, bottom] = [row * extent.rowPx, (row + 1) * extent.rowPx];
  if (top < place.top) return placeOfRow(extent, row);
  if (bottom <= place.top + extent.viewPx) return undefined;
  const above = between(0, bottom - extent.viewPx, lastTop(extent));
  return { top: above, thumb: thumbOf(extent, above) };
}

/** First and last row to draw, with `overscan` more on either side; last is −1 where there are none. */
export function rowsIn(
  { count, rowPx, viewPx }: Extent,
  top: number,
  overscan: number,
): { first: number; last: number } {
  const first = Math.max(0, Math.floor(top / rowPx) - overscan);
  return { first, last: Math.min(count - 1, Math.ceil((top + viewPx) / rowPx) + overscan) };
}
