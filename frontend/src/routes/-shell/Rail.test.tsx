import { screen, within } from "@testing-library/react";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";

const SERVER = { "/api/model_info": aModel("specimen"), "/api/saes": { items: [], broken: [] } };

test.each([
  ["/saes", "Features"],
  ["/saes/nobody", "Features"],
  ["/features", "Features"],
  ["/patches", "Patches"],
  ["/patches/0123456789abcdef", "Patches"],
  ["/experiments/harvest/new", "Runs"],
  ["/settings", "Settings"],
])("%s is marked in the rail as %s", async (path, label) => {
  await visit(path, SERVER);
  const rail = await screen.findByRole("navigation", { name: "Pages" });
  const marked = within(rail)
    .getAllByRole("link")
    .filter((link) => link.hasAttribute("aria-current"));
  expect(marked.map(({ textContent }) => textContent)).toEqual([label]);
});
