import { useQuery } from "@tanstack/react-query";
import { dictionaries } from "../../api/features";
import { saes, saeTwins } from "../../api/saes";
import type { SaeInfo } from "../../api/types";
import { sameAs } from "../../lib/saes";

interface Found {
  /** Undefined where the library has it not. */
  sae: SaeInfo | undefined;
  /** Whether no harvest of its weights is known to be here, under whatever name: its features have no pages then. */
  bare: boolean;
}

/** The SAE of the library that a spec names. */
export function useSae(name: unknown): Found {
  const { data: library } = useQuery(saes);
  const { data: read } = useQuery(dictionaries);
  const { data: twins } = useQuery(saeTwins);
  const sae = library?.items.find(({ slug, path }) => slug === name || path === name);
  if (!sae || !read || !twins) return { sae, bare: false };
  const names = sameAs(sae.slug, twins);
  return { sae, bare: !read.some(({ sae: of, made_of }) => of === sae.slug || (made_of && names.includes(made_of))) };
}
