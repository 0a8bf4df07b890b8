/** The address comes after some choices a moment later: whoever takes it along waits until it has. */

const following = new Map<Promise<void>, () => Promise<void>>();

/**
 * Says that the address is on its way.
 *
 * Args:
 *   done: resolves when it has come.
 *   hurry: the same, without waiting for anything else before.
 */
export function addressFollows(done: Promise<void>, hurry: () => Promise<void>): void {
  following.set(done, hurry);
  done.finally(() => following.delete(done));
}

/** Resolves when the address says what the page shows. */
export async function addressSettled(): Promise<void> {
  await Promise.all([...following.values()].map((hurry) => hurry()));
}
