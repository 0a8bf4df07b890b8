/** A short name for a list of numbers: the same for the same numbers. Not for anything that must not collide. */
export function digestOf(numbers: readonly number[]): string {
  // FNV-1a, twice from different beginnings.
  let [one, other] = [0x811c9dc5, 0x9747b28c];
  for (const number of numbers) {
    one = Math.imul(one ^ number, 0x01000193);
    other = Math.imul(other ^ number, 0x01000193) ^ (one >>> 13);
  }
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
