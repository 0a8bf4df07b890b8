/** Tags of runs: words to find them by. */

/** Characters of a tag, as the server takes it. */
export const TAG_MAX = 60;

/** What turns `first` into `now`, and leaves alone what others add or take away meanwhile. */
export const tagChanges = (first: readonly string[], now: readonly string[]) => ({
  add_tags: now.filter((tag) => !first.includes(tag)),
  remove_tags: first.filter((tag) => !now.includes(tag)),
});
