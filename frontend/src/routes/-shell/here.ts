/** An answer that comes late leads nobody away from where they went in the meantime. */
import { type ParsedLocation, useRouter } from "@tanstack/react-router";

/**
 * Called when something is asked for, gives a question for when the answer comes: is the same page still open?
 * As a mutation's `onMutate`, it hands the question to `onSuccess` as its third argument.
 *
 * The address says so before the page does: one that is being left is drawn until the next one is there.
 *
 * Args:
 *   page: what of the address tells the page from others.
 */
export function useHere(page: (address: ParsedLocation) => string = ({ pathname }) => pathname): () => () => boolean {
  const router = useRouter();
  return () => {
    const asked = page(router.latestLocation);
    return () => page(router.latestLocation) === asked;
  };
}
