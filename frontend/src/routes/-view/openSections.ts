/** Which sections of the Features panel stand open: as the reader left them, by SAE, in this browser. */
import { useLocalStorage } from "@mantine/hooks";
import { useState } from "react";
import * as z from "zod/mini";
import type { Section } from "../../lib/firings";

const kept = z.catch(z.record(z.string(), z.boolean()), {});
type Kept = z.infer<typeof kept>;

function read(text: string | undefined): Kept {
  try {
    return kept.parse(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}

/** `colored`: the section whose feature colours the text is open when a link leads to it, however it was left. */
export function useOpenSections(sections: readonly Section[], colored: Section | undefined) {
  const [left, leave] = useLocalStorage<Kept>({
    key: "microscope-open-saes",
    defaultValue: {},
    getInitialValueInEffect: false,
    deserialize: read,
  });
  const [chosen, choose] = useState<Kept>({});
  const isOpen = (section: Section): boolean => {
    const { sae, dictionary } = section.reading;
    return chosen[sae] ?? (section === colored || (left[sae] ?? (dictionary !== "" || section === sections[0])));
  };
  const setOpen = (some: readonly Section[], open: boolean) => {
    const told = Object.fromEntries(some.map(({ reading }) => [reading.sae, open]));
    choose((now) => ({ ...now, ...told }));
    leave((now) => ({ ...now, ...told }));
  };
  return { isOpen, setOpen };
}
