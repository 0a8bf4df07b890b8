import { MantineProvider, Notification } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { theme } from "./theme";

test("the cross of a toast has a name", () => {
  render(
    <MantineProvider env="test" theme={theme}>
      <Notification>Link copied</Notification>
    </MantineProvider>,
  );
  expect(screen.getByRole("button", { name: "Close" })).toBeVisible();
});
