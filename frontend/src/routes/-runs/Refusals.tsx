/** What a run on refusal found: how often requests are refused under each condition, and what is said instead. */
import { Select } from "@mantine/core";
import { useState } from "react";
import type { Run } from "../../api/types";
import { formatNumber } from "../../lib/format";
import own from "./Contrast.module.css";
import css from "./Runs.module.css";
import { besides, conditionsOf, type RefusalRate, ratesOf, repliesOf } from "./replies";
import { SideBySide } from "./SideBySide";
import layout from "./SideBySide.module.css";
import { useRows } from "./useRows";

const SIDES = ["harmful", "harmless"] as const;

export function Refusals({ run }: { run: Run }) {
  const [harmful, harmless] = [useRows(run, "harmful"), useRows(run, "harmless")];
  if (!harmful || !harmless) return null;
  return (
    <section className={css.card} aria-label="Compliance">
      <h2>Compliance</h2>
      <p>Test requests that are refused, each part with its 95 % interval. Random directions are the controls.</p>
      <Rates title="Harmful requests" rates={ratesOf(harmful)} />
      <Rates title="Harmless requests" rates={ratesOf(harmless)} />
      <Said run={run} />
    </section>
  );
}

function Rates({ title, rates }: { title: string; rates: readonly RefusalRate[] }) {
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label={title}>
        <thead>
          <tr>
            <th>{title}</th>
            <th>refused</th>
            <th>rate</th>
            <th>95 % interval</th>
          </tr>
        </thead>
        <tbody>
          {rates.map(({ condition, control, refused, of, rate, low, high }) => (
            <tr key={condition} className={control ? "mute" : undefined}>
              <td>{condition}</td>
              <td>
                {refused} of {of}
              </td>
              <td>{formatNumber(rate, 3)}</td>
              <td>
                {formatNumber(low, 3)} to {formatNumber(high, 3)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Said({ run }: { run: Run }) {
  const page = useRows(run, "replies");
  const [requests, setRequests] = useState<string>("harmful");
  const [chosen, setChosen] = useState<string>("ablated");
  if (!page) return null;
  const replies = repliesOf(page);
  const conditions = conditionsOf(replies, requests).filter((one) => one !== "as it is");
  const condition = conditions.includes(chosen) ? chosen : (conditions[0] ?? "");
  return (
    <>
      <div className={layout.choices}>
        <Select
          label="Requests"
          size="xs"
          data={[...SIDES]}
          value={requests}
          onChange={(value) => value && setRequests(value)}
          allowDeselect={false}
        />
        <Select
          label="Beside"
          size="xs"
          data={conditions}
          value={condition}
          onChange={(value) => value && setChosen(value)}
          allowDeselect={false}
        />
      </div>
      <SideBySide pairs={besides(replies, requests, condition)} after={condition} />
    </>
  );
}
