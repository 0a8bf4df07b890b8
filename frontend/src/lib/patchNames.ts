/** Which of the patches that a search found is meant: names before anything else that is said of one. */

/** 0 is the very name; then what begins with it, what has a word that begins so, what holds it, the others. */
function distance(name: string, sought: string): number {
  if (name === sought) return 0;
  if (name.startsWith(sought)) return 1;
  const at = name.indexOf(sought);
  if (at < 0) return 4;
  return /[^\p{L}\p{N}]/u.test(name[at - 1] ?? "") ? 2 : 3;
}

/** Those that are meant soonest come first, any case; of the same they stay in their order. */
export function byName<P extends { name: string }>(found: readonly P[], sought: string): P[] {
  const wanted = sought.trim().toLowerCase();
  const order = found.map((one, at) => ({ one, at, far: distance(one.name.toLowerCase(), wanted) }));
  return order.sort((a, b) => a.far - b.far || a.at - b.at).map(({ one }) => one);
}
