import "@mantine/core/styles.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "../styles.css";
import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { theme } from "../theme";
import { TypedBox } from "./TypedBox";

test("a box shows the whole of its value and of its example", async () => {
  for (const text of ["0.1 to 0.9", "0 to 0.5", "0-1023", "0.001 to 0.25"])
    for (const value of [text, undefined]) {
      cleanup();
      render(
        <MantineProvider theme={theme}>
          <TypedBox name="Scale" value={value} example={text} take={() => undefined} />
        </MantineProvider>,
      );
      await document.fonts.ready;
      const box = screen.getByRole<HTMLInputElement>("textbox", { name: "Scale" });
      // An example does not scroll: as a value it takes the same room.
      if (value === undefined) box.value = text;
      expect(box.scrollWidth).toBeLessThanOrEqual(box.clientWidth);
    }
});
