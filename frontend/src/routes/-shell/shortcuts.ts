/** The keyboard, once: what each key does is listed on the help page from the same table that binds it. */
import { useHotkeys } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useKeys } from "./keys";
import { palette } from "./palette.store";
import { usePreferences } from "./preferences";
import { copyLink, useThemeToggle } from "./TopBar";

export interface Shortcut {
  keys: string;
  does: string;
}

/** What holds everywhere. */
export const GLOBAL_SHORTCUTS: readonly Shortcut[] = [
  { keys: "Ctrl K", does: "Search, ask, commands" },
  { keys: "?", does: "This list" },
  { keys: "g then h", does: "Home" },
  { keys: "g then c", does: "Chat" },
  { keys: "g then l", does: "Lens" },
  { keys: "g then f", does: "Features" },
  { keys: "g then p", does: "Patches" },
  { keys: "g then r", does: "Runs" },
  { keys: "g then q", does: "Queue" },
  { keys: "g then s", does: "Settings" },
  { keys: "c", does: "Copy the link to this view" },
  { keys: "Alt M", does: "Light or dark theme" },
];

/** What holds where tokens are shown. */
export const TOKEN_SHORTCUTS: readonly Shortcut[] = [
  { keys: "← →", does: "Previous, next token; Shift: by ten" },
  { keys: "Home End", does: "First, last token" },
  { keys: "↑ ↓", does: "In the heatmap and the layer table: layer up, down" },
  { keys: "Enter", does: "In the heatmap: open the cell's token" },
  { keys: "p", does: "Pin the selected token, or let it go" },
  { keys: "a", does: "Read after the token, or for it" },
  { keys: "1 2 3 4", does: "Layers, heatmap, curves, features" },
  { keys: "t", does: "Show a chart as a table" },
  { keys: "v", does: "Compare menu: another lens, another text or conversation" },
  { keys: "e", does: "Export menu" },
  { keys: "Esc", does: "Stop the turn; else close the token" },
];

export const LENS_SHORTCUTS: readonly Shortcut[] = [
  { keys: "[ ]", does: "With a text open: previous, next example" },
  { keys: "r", does: "With a text open: random example" },
];

/** What holds where features are shown. */
export const FEATURE_SHORTCUTS: readonly Shortcut[] = [
  { keys: "/", does: "In the table: to the search box" },
  { keys: "Enter", does: "In the table: open the feature; Space selects it" },
  { keys: "[ ]", does: "On a feature: previous, next one of the table that it was opened from, else live one" },
  { keys: "r", does: "On a feature: random one" },
  { keys: "s", does: "On a feature: star it, or take the star away" },
  { keys: "p", does: "On a feature: steer it, create a patch of it" },
  { keys: "j", does: "On a feature: its raw JSON" },
];

/** What holds where patches are listed. */
export const PATCH_SHORTCUTS: readonly Shortcut[] = [
  { keys: "/", does: "To the search box" },
  { keys: "Enter", does: "In the table: open the patch" },
];

/** What holds on the patch rail. */
export const RAIL_SHORTCUTS: readonly Shortcut[] = [
  { keys: "Ctrl Z", does: "Undo the last step; Ctrl Shift Z does it again" },
  { keys: "Alt ↑ ↓", does: "Move the patch: they act in the order in which they stand" },
  { keys: "Space", does: "On its switch: put the patch in force, or take it out" },
  { keys: "← →", does: "On its slider: less, more" },
];

/** What holds where runs are listed. */
export const RUN_SHORTCUTS: readonly Shortcut[] = [
  { keys: "/", does: "To the search box" },
  { keys: "↑ ↓", does: "In a table: previous, next row; Shift: by ten" },
  { keys: "Home End", does: "In a table: first, last row" },
  { keys: "Enter", does: "In a table: open the row" },
  { keys: "Ctrl C", does: "In a table: copy the row" },
  { keys: "Alt ↑ ↓", does: "In the queue: move the run" },
  { keys: "Ctrl Enter", does: "In a form: start the run" },
];

export const CHAT_SHORTCUTS: readonly Shortcut[] = [
  { keys: "/", does: "To the text box" },
  { keys: "Enter", does: "Send; Shift Enter begins a new line" },
  { keys: "Ctrl Enter", does: "Send, from anywhere in the text box" },
  { keys: "n", does: "New conversation" },
  { keys: "[ ]", does: "Previous, next conversation" },
];

const SEQUENCE_MS = 1_200;

/** When `g` was pressed: the next letter names a page, whatever it does on this one. */
let led_ms = Number.NEGATIVE_INFINITY;
const isLed = () => performance.now() - led_ms < SEQUENCE_MS;

function useOwnLetters(bindings: readonly (readonly [string, () => void])[]): void {
  const [{ letters }] = usePreferences();
  useKeys(letters ? bindings : []);
}

/** Single letters: off when the reader says so. */
export function useLetters(bindings: readonly (readonly [string, () => void])[]): void {
  useOwnLetters(bindings.map(([key, act]) => [key, () => isLed() || act()] as const));
}

export function useGlobalShortcuts(): void {
  const navigate = useNavigate();
  const [, toggleTheme] = useThemeToggle();
  const after = (go: () => void, otherwise: () => void = () => {}) => {
    const led = isLed();
    // Not before the page has seen the letter too.
    setTimeout(() => (led_ms = Number.NEGATIVE_INFINITY));
    if (led) go();
    else otherwise();
  };
  useHotkeys([
    ["alt+M", toggleTheme],
    ["mod+/", () => navigate({ to: "/help" })],
  ]);
  // While something is typed, too.
  useHotkeys([["mod+K", palette.open]], []);
  useOwnLetters([
    ["g", () => (led_ms = performance.now())],
    ["h", () => after(() => navigate({ to: "/" }))],
    ["c", () => after(() => navigate({ to: "/chat" }), copyLink)],
    ["l", () => after(() => navigate({ to: "/lens" }))],
    ["f", () => after(() => navigate({ to: "/features" }))],
    ["p", () => after(() => navigate({ to: "/patches" }))],
    ["r", () => after(() => navigate({ to: "/runs" }))],
    ["q", () => after(() => navigate({ to: "/queue" }))],
    ["s", () => after(() => navigate({ to: "/settings" }))],
    ["shift+?", () => navigate({ to: "/help" })],
  ]);
}
