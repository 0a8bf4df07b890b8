/** What this browser remembers about the reader, never about what is being looked at: that is the URL's. */
import { useLocalStorage } from "@mantine/hooks";
import * as z from "zod/mini";

const preferences = z.object({
  density: z.catch(z.enum(["compact", "normal", "cozy"]), "normal"),
  colormap: z.catch(z.enum(["viridis", "cividis", "grey"]), "viridis"),
  /** Spaces as `·`, newlines as `⏎`, tabs as `⇥`. */
  whitespace: z.catch(z.boolean(), true),
  /** Underline beside shading, for print and low vision. */
  underline: z.catch(z.boolean(), false),
  /** Show the chat template's own tokens. */
  template: z.catch(z.boolean(), true),
  /** Layer 0 on top instead of the last one. */
  flip: z.catch(z.boolean(), false),
  /** Single-letter shortcuts (WCAG 2.1.4 asks for a way to turn them off). */
  letters: z.catch(z.boolean(), true),
});

export type Preferences = z.infer<typeof preferences>;

export const DEFAULTS: Preferences = preferences.parse({});

function read(text: string | undefined): Preferences {
  if (text === undefined) return DEFAULTS;
  try {
    return preferences.parse(JSON.parse(text));
  } catch {
    return DEFAULTS;
  }
}

export function usePreferences(): [Preferences, (part: Partial<Preferences>) => void] {
  const [value, set] = useLocalStorage<Preferences>({
    key: "microscope-preferences",
    defaultValue: DEFAULTS,
    getInitialValueInEffect: false,
    deserialize: read,
  });
  return [value, (part) => set((now) => ({ ...now, ...part }))];
}
