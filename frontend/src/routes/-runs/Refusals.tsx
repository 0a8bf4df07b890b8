/** What a run on refusal found: how often requests are refused under each condition, and what is said instead. */
import { Select } from "@mantine/core";
import { useState } from "react";
import type { Run } from "../../api/types";
import { formatNumber } from "../../lib/format";
import own from "./Contrast.module.css";
import css from "./Runs.module.css";
import { besides, conditionsOf, type RefusalRate, ratesOf, repliesOf, share } from "./replies";
import { SideBySide } from "./SideBySide";
import layout from "./SideBySide.module.css";
import { useRows } from "./useRows";

const SIDES = ["harmful", "harmless"] as const;

export function Refusals({ run }: { run: Run }) {
  const [harmful, harmless] = [useRows(run, "harmful"), useRows(run, "harmless")];
  if (!harmful || !harmless) return null;
  return (
    <section className={css.card} aria-label="What is refused">
      <h2>What is refused</h2>
      <p>
        Test requests whose reply holds the words of a refusal, with the 95 % interval; random directions are the
        controls. A reply that is no refusal need not be an answer: read them below.
      </p>
      <Rates title="Harmful requests" rates={ratesOf(harmful)} />
      <Rates title="Harmless requests" rates={ratesOf(harmless)} />
      <Costs run={run} />
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
            <th>share</th>
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
              <td>{share(rate)}</td>
              <td>
                {share(low)} to {share(high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the ablation costs where nothing is to be refused, as the run's metrics have it. */
function Costs({ run }: { run: Run }) {
  const value = (name: string) => {
    const found = run.metrics[name];
    return typeof found === "number" ? found : undefined;
  };
  const number = (name: string) => formatNumber(value(name), 3);
  const kl = `${number("kl")} (${number("kl_low")} to ${number("kl_high")}) nats`;
  const rows: [string, string, string][] = [
    ["perplexity of the control text", number("perplexity_base"), number("perplexity")],
    ["KL(base ‖ ablated) per token", "0", kl],
    ["share of tokens whose likeliest next is the same", "1", number("agreement")],
  ];
  const facts = [value("facts_base"), value("facts_ablated")] as const;
  if (facts[0] !== undefined && facts[1] !== undefined)
    rows.push([`share of ${number("facts")} facts known`, share(facts[0]), share(facts[1])]);
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label="What it costs elsewhere">
        <thead>
          <tr>
            <th>What it costs elsewhere</th>
            <th>as it is</th>
            <th>ablated</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, base, ablated]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{base}</td>
              <td>{ablated}</td>
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
      <SideBySide pairs={besides(replies, requests, condition)} after={condition} counts="counted as refused" />
    </>
  );
}
