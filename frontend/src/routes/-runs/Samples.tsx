/** What the texts of a run on side effects became, at each strength. */
import { Select } from "@mantine/core";
import { useState } from "react";
import type { Run } from "../../api/types";
import { formatNumber } from "../../lib/format";
import css from "./Runs.module.css";
import { samplesOf } from "./replies";
import { SideBySide } from "./SideBySide";
import own from "./SideBySide.module.css";
import { useRows } from "./useRows";

export function Samples({ run }: { run: Run }) {
  const page = useRows(run, "samples");
  const samples = page ? samplesOf(page) : [];
  const strengths = [...new Set(samples.map(({ strength }) => strength))];
  const [chosen, setChosen] = useState<string | null>(null);
  const strength = chosen === null ? strengths.at(-1) : Number(chosen);
  if (samples.length === 0) return null;
  return (
    <section className={css.card} aria-label="Samples before and after">
      <h2>Samples before and after</h2>
      <p>The likeliest token each time; marked is what stands behind the first difference.</p>
      {strengths.length > 1 && (
        <div className={own.choices}>
          <Select
            label="Strength"
            size="xs"
            data={strengths.map((one) => ({ value: String(one), label: formatNumber(one, 4) }))}
            value={String(strength)}
            onChange={setChosen}
            allowDeselect={false}
          />
        </div>
      )}
      <SideBySide pairs={samples.filter((one) => one.strength === strength)} after="patched" />
    </section>
  );
}
