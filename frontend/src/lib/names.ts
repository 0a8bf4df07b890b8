/** Names of the marks on an axis, cut to their room so that they can still be told apart. */
import { truncateMiddle } from "./format";

/** How many characters all of them begin with; of names that are no others one stays. */
function sharedStart(names: readonly string[]): number {
  const [first = "", ...others] = names;
  let count = 0;
  while (count < first.length && others.every((name) => name[count] === first[count])) count += 1;
  return count;
}

const reversed = (text: string): string => [...text].reverse().join("");

/**
 * Names as they are where all of them have room; else without what all of them begin and end with, and of what differs as
 * much as fits.
 *
 * Args:
 *   most: characters of a name.
 */
export function cutNames(names: readonly string[], most: number): string[] {
  if (names.every((name) => name.length <= most)) return [...names];
  const start = names.length > 1 ? sharedStart(names) : 0;
  const rest = names.map((name) => name.slice(start));
  const end = names.length > 1 ? sharedStart(rest.map(reversed)) : 0;
  return names.map((name) => {
    const differs = `${start > 1 ? "…" : name.slice(0, start)}${name.slice(start, name.length - end)}`;
    return truncateMiddle(end > 1 ? `${differs}…` : `${differs}${name.slice(name.length - end)}`, most);
  });
}
