import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** A link to an address inside this program that the server has written out: followed without loading the page anew. */
export function InnerLink({ href, children }: { href: string; children: ReactNode }) {
  const router = useRouter();
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        router.navigate({ href });
      }}
    >
      {children}
    </a>
  );
}
