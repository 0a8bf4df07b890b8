/** The model whose tokens a dictionary speaks of: its vocabulary, and how a token is written. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { model, vocab } from "../../api/queries";
import { asTrouble, type Trouble } from "../../api/trouble";
import type { Dictionary } from "../../api/types";
import { labeller, type Vocab } from "../../lib/tokens";

/** Before the vocabulary is there: every id has no bytes. */
const NO_VOCAB: Vocab = { size: 0, bytes: () => new Uint8Array(), special: () => false };

export interface Words {
  /** Undefined until it is there. */
  vocab: Vocab | undefined;
  /** A token as it shows; its id while the vocabulary is on its way. */
  label: (id: number) => string;
  /** Why there is none. */
  trouble: Trouble | undefined;
}

export function useWords(dictionary: Pick<Dictionary, "model"> | undefined): Words {
  const slug = dictionary?.model ?? "";
  const about = useQuery({ ...model(slug), enabled: slug !== "" });
  const words = useQuery({
    ...vocab(about.data ?? { slug: "", tokenizer_sha256: "" }),
    enabled: about.data !== undefined,
  });
  const label = useMemo(() => labeller(words.data ?? NO_VOCAB), [words.data]);
  const thrown = about.error ?? words.error;
  return {
    vocab: words.data,
    label: words.data ? label : (id) => `#${id}`,
    trouble: thrown && !words.data ? asTrouble(thrown) : undefined,
  };
}
