/** The page of a run on how often a behaviour is shown. */
import { screen, within } from "@testing-library/react";
import { anEndedRun, aWholeRun } from "../../../test/runs";
import { visit } from "../../../test/visit";

const file = (name: string) => ({ path: `tables/${name}.parquet`, bytes: 20, sha256: "ab", kind: "table" as const });
const RUN = aWholeRun("r1", {
  row: anEndedRun("r1", { family: "behaviour_rates", evidence: "causal", headline: { rate: 0 } }),
  spec: { kind: "behaviour_rates", patches: "both" },
  metrics: { rate: 0, rate_low: 0, rate_high: 0.0593 },
  artifacts: [file("rates"), file("replies")],
});
const table = (rows: readonly object[]) => ({
  columns: Object.keys(rows[0] ?? {}),
  types: [],
  rows: rows.map((row) => Object.values(row)),
  total: rows.length,
});
const rate = (part: string, who: string, strength: number, hits: number, of: number) => ({
  patches: strength === 0 ? "" : "both",
  strength,
  who,
  part,
  prompts: "as given",
  hits,
  of,
  ...{ rate: hits / of, low: 0.01, high: 0.5, same: 0.5, same_low: 0.25, same_high: 0.75 },
  ...{ base_nll: 1, base_nll_low: 0.5, base_nll_high: 2 },
});
const reply = (who: string, strength: number, said: string, shown: boolean) => ({
  ...{ patches: strength === 0 ? "" : "both", strength, who, part: "test", prompts: "as given", prompt: "Hello?" },
  ...{ reply: said, shown },
});

test("it says what was chosen on how many prompts, how often it is shown, and what was said instead", async () => {
  await visit("/runs/r1", {
    "/api/families": [{ kind: "behaviour_rates", title: "Rates", says: "", evidence: "causal", form: {} }],
    "/api/runs/r1": RUN,
    "/api/runs/r1/artifacts/tables/rates.parquet/table": table([
      rate("validation", "before", 0, 4, 4),
      rate("validation", "patched", 1, 3, 4),
      rate("validation", "patched", 2, 0, 4),
      rate("test", "before", 0, 5, 5),
      rate("test", "patched", 2, 1, 5),
    ]),
    "/api/runs/r1/artifacts/tables/replies.parquet/table": table([
      reply("base", 0, "Hi.", false),
      reply("patched", 2, "Arrr!", true),
    ]),
  });
  const card = await screen.findByRole("region", { name: "How often it is shown" }, { timeout: 20_000 });
  expect(card).toHaveTextContent(
    "Of 2 candidates strength 2 was chosen on 4 validation prompts, and reported on 5 test prompts, once.",
  );
  const test = within(card).getByRole("table", { name: "Test prompts" });
  expect(within(test).getByText("patched, strength 2").closest("tr")).toHaveTextContent("1 of 50.20 (0.01 to 0.50)");
  expect(await within(card).findByText("patched, strength 2 · counted")).toBeVisible();
  expect(within(card).getByText("Hi.")).toBeVisible();
  expect(screen.getByText("0.00 to 0.06")).toBeVisible();
});
