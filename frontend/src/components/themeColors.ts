/** The theme's colours as numbers that canvases can use: read from the CSS variables, again whenever the colour scheme changes. */
import { DEFAULT_THEME } from "@mantine/core";
import { useLayoutEffect, useState, useSyncExternalStore } from "react";
import type { ThemeColors } from "../lib/color";
import { cssVariables } from "../theme";

const VARIABLES: Record<keyof ThemeColors, string> = {
  background: "--mantine-color-body",
  surface: "--ms-surface",
  raised: "--ms-raised",
  border: "--ms-border",
  text: "--mantine-color-text",
  dimmed: "--mantine-color-dimmed",
  selection: "--ms-sel",
  pin: "--ms-pin",
  positive: "--ms-pos",
  negative: "--ms-neg",
};

const SCHEME = "data-mantine-color-scheme";
const schemeNow = (): string => document.documentElement.getAttribute(SCHEME) ?? "dark";

/** The colours as they are now. Where no style sheet defines a variable the theme's own value stands in. */
export function readThemeColors(): ThemeColors {
  const style = getComputedStyle(document.documentElement);
  const { dark, light } = cssVariables(DEFAULT_THEME);
  const own: Record<string, string> = schemeNow() === "light" ? light : dark;
  const read = (name: keyof ThemeColors): string =>
    style.getPropertyValue(VARIABLES[name]).trim() || own[VARIABLES[name]] || "#808080";
  return {
    background: read("background"),
    surface: read("surface"),
    raised: read("raised"),
    border: read("border"),
    text: read("text"),
    dimmed: read("dimmed"),
    selection: read("selection"),
    pin: read("pin"),
    positive: read("positive"),
    negative: read("negative"),
  };
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [SCHEME] });
  return () => observer.disconnect();
}

const same = (a: ThemeColors, b: ThemeColors): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The colours of the current scheme; a new object only when they change. */
export function useThemeColors(): ThemeColors {
  const scheme = useSyncExternalStore(subscribe, schemeNow);
  const [colors, setColors] = useState(readThemeColors);
  // Read after the commit: on the first render the theme's own style sheet is not in the document yet.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme decides what the style sheet says.
  useLayoutEffect(() => {
    const now = readThemeColors();
    setColors((before) => (same(before, now) ? before : now));
  }, [scheme]);
  return colors;
}
