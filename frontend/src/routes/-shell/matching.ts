/** What the palette finds. */
import type { SpotlightActionData } from "@mantine/spotlight";

export interface PaletteGroup {
  group: string;
  actions: SpotlightActionData[];
}

const NO_MATCH = 2;

/** 0 where the label holds what was typed, 1 where the description or a keyword does. */
function place({ label, description, keywords }: SpotlightActionData, wanted: string): number {
  if (label?.toLowerCase().includes(wanted)) return 0;
  const more = [description, keywords].flat();
  return more.some((text) => text?.toLowerCase().includes(wanted)) ? 1 : NO_MATCH;
}

/** The actions that hold what was typed, at most `limit`: labels before descriptions; groups without a match are left out. */
export function matching(groups: readonly PaletteGroup[], typed: string, limit: number): PaletteGroup[] {
  const wanted = typed.toLowerCase();
  const found = groups
    .map(({ group, actions }) => {
      const placed = actions.map((action) => ({ action, at: place(action, wanted) })).filter(({ at }) => at < NO_MATCH);
      placed.sort((one, other) => one.at - other.at);
      return { group, best: placed[0]?.at ?? NO_MATCH, actions: placed.map(({ action }) => action) };
    })
    .sort((one, other) => one.best - other.best);
  let room = limit;
  return found.flatMap(({ group, actions }) => {
    const shown = actions.slice(0, room);
    room -= shown.length;
    return shown.length > 0 ? [{ group, actions: shown }] : [];
  });
}
