import { createSpotlight } from "@mantine/spotlight";

/** Opens the palette, and knows whether it is open, without what is in it. */
export const [paletteStore, palette] = createSpotlight();
