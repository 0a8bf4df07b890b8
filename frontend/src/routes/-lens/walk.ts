/** Places in a list that is walked in a circle; -1 is none of them. */

/** The next (`by` 1) or previous (`by` -1) of `count`; from none, the first or the last. */
export const stepFrom = (now: number, by: 1 | -1, count: number): number =>
  now < 0 ? (by === 1 ? 0 : count - 1) : (now + by + count) % count;

/** One of `count` that is not the current one, where there is another. `draw`: 0 to 1, 1 excluded. */
export function otherThan(now: number, count: number, draw: number): number {
  if (now < 0 || count < 2) return Math.floor(draw * count);
  const place = Math.floor(draw * (count - 1));
  return place < now ? place : place + 1;
}
