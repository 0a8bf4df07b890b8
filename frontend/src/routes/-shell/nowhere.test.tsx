import { screen } from "@testing-library/react";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";

test.each([
  ["/foo/bar", "There is no such page", "No such page · Microscope"],
  ["/s/unknown", "This server has no such view", "Saved view · Microscope"],
])("%s has a heading of its own and a title", async (path, heading, title) => {
  document.title = "Microscope";
  await visit(path, { "/api/model_info": aModel("walk") });
  expect(await screen.findByRole("heading", { level: 1, name: heading }, { timeout: 20_000 })).toBeVisible();
  expect(document.title).toBe(title);
});
