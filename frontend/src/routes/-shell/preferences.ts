/** What this browser remembers about the reader, never about what is being looked at: that is the URL's. */
import { useLocalStorage } from "@mantine/hooks";
import { z } from "zod";

const preferences = z.object({
  density: z.enum(["compact", "normal", "cozy"]).catch("normal"),
  colormap: z.enum(["viridis", "cividis", "grey"]).catch("viridis"),
  /** Spaces as `·`, newlines as `⏎`, tabs as `⇥`. */
  whitespace: z.boolean().catch(true),
  /** Underline beside shading, for print and low vision. */
  underline: z.boolean().catch(false),
  /** Show the chat template's own tokens. */
  template: z.boolean().catch(true),
  /** Layer 0 on top instead of the last one. */
  flip: z.boolean().catch(false),
  /** Single-letter shortcuts (WCAG 2.1.4 asks for a way to turn them off). */
  letters: z.boolean().catch(true),
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
