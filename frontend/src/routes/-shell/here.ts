/** An answer that comes late leads nobody away from where they went in the meantime. */
import { useRouter } from "@tanstack/react-router";

/**
 * Called when something is asked for, gives a question for when the answer comes: is the same page still open?
 * As a mutation's `onMutate`, it hands the question to `onSuccess` as its third argument.
 */
export function useHere(): () => () => boolean {
  const router = useRouter();
  return () => {
    const { pathname } = router.latestLocation;
    return () => router.latestLocation.pathname === pathname;
  };
}
