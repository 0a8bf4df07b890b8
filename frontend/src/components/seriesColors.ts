/** Okabe and Ito's colours for curves on a canvas, lighter or darker where a theme needs it for 3:1 against its background. */
export const SERIES_COLORS = {
  dark: ["#56b4e9", "#e69f00", "#2bc79a", "#f0e442", "#4a9be0", "#f07a2e", "#d98bb9", "#e7eaf0"],
  light: ["#1b7fb8", "#a86f00", "#008060", "#857a00", "#0072b2", "#c24f00", "#a8528a", "#151a21"],
} as const;

/** Dashes in CSS pixels: a second mark beside the colour. */
export const SERIES_DASHES: readonly (readonly number[])[] = [[], [6, 3], [], [2, 2], [8, 3, 2, 3], [], [4, 2], []];

export const colorOf = (scheme: "dark" | "light", index: number): string =>
  SERIES_COLORS[scheme][index % 8] ?? "#808080";
export const dashOf = (index: number): number[] => [...(SERIES_DASHES[index % 8] ?? [])];
