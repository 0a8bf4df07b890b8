import { screen } from "@testing-library/react";
import { aModel } from "../../../test/server";
import { visit } from "../../../test/visit";

/** Buttons that say one thing to the eye and another to whoever calls them by their name (WCAG 2.5.3). */
const misnamed = () =>
  screen
    .getAllByRole("button")
    .filter((button) => button.hasAttribute("aria-label"))
    .filter((button) => {
      const name = button.getAttribute("aria-label") ?? "";
      return !name.toLowerCase().includes((button.textContent ?? "").toLowerCase());
    });

const off = { name: "logits", measured: 0.3, tolerance: 1e-4, ok: false, says: "Logits agree.", blocks: [] };

test.each([
  ["holds", { ok: true, checks: [], problems: [] }],
  ["is off", { ok: false, checks: [off], problems: [] }],
])("names around the page contain what is shown, where parity %s", async (_, parity) => {
  await visit("/help", { "/api/model_info": { ...aModel("walk"), parity } });
  expect(await screen.findByRole("button", { name: /^Model: ?walk ?2L · 6$/ }, { timeout: 20_000 })).toBeVisible();
  expect(screen.getByRole("button", { name: /measurements$/ })).toBeVisible();
  expect(misnamed()).toEqual([]);
});
