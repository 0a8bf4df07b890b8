import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";

/** When the page has long been there: what is wanted then is at hand, also while the server is away. */
const LATER_MS = 3_000;

/** A part that the first picture of a page does without: fetched when it is wanted, at the latest after a while; it stays then. */
export function later(fetch: () => Promise<{ default: ComponentType }>): ComponentType<{ wanted: boolean }> {
  const Part = lazy(fetch);
  return function Later({ wanted }) {
    const [mounted, setMounted] = useState(false);
    if (wanted && !mounted) setMounted(true);
    useEffect(() => {
      // What does not come now is asked for again when it is wanted.
      const timer = setTimeout(() => fetch().catch(() => {}), LATER_MS);
      return () => clearTimeout(timer);
    }, []);
    return (
      mounted && (
        <Suspense>
          <Part />
        </Suspense>
      )
    );
  };
}
