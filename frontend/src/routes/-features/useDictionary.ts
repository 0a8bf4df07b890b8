/** The model whose tokens a dictionary speaks of: its vocabulary, and how a token is written. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { model, vocab } from "../../api/queries";
import { asTrouble, type Trouble } from "../../api/trouble";
import type { Dictionary } from "../../api/types";
import { labeller, type Vocab } from "../../lib/tokens";

export interface Words {
  /** Undefined until it is there. */
  vocab: Vocab | undefined;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  /** A token as it shows; blanks while the vocabulary is on its way, its id where there is none. */
  label: (id: number) => string;
  /** Why there is none. */
  trouble: Trouble | undefined;
  /** Its model is not in memory: nothing reads these tokens. */
  away: boolean;
  /** Looks again. */
  refetch: () => void;
}

/** As wide as a usual token: what stands beside it stays where it is when the vocabulary has come. */
const BLANKS = "\u2007".repeat(4);

/** How a token is written. `waits`: its vocabulary is on its way. */
export function writer(vocab: Vocab | undefined, waits: boolean): (id: number) => string {
  if (vocab) return labeller(vocab);
  return waits ? () => BLANKS : (id) => `#${id}`;
}

export function useWords(dictionary: Pick<Dictionary, "model"> | undefined): Words {
  const slug = dictionary?.model ?? "";
  const about = useQuery({ ...model(slug), enabled: slug !== "" });
  const words = useQuery({
    ...vocab(about.data ?? { slug: "", tokenizer_sha256: "" }),
    enabled: about.data !== undefined,
  });
  const thrown = about.error ?? words.error;
  const waits = !thrown && slug !== "";
  const trouble = thrown && !words.data ? asTrouble(thrown) : undefined;
  const label = useMemo(() => writer(words.data, waits), [words.data, waits]);
  return {
    vocab: words.data,
    begins: about.data?.begins ?? [],
    label,
    trouble,
    away: dictionary !== undefined && !words.data && (slug === "" || trouble?.status === 404),
    refetch: () => about.refetch(),
  };
}
