/** What a run on the rate of a behaviour found: how often it is shown, by whom, what was chosen, and what it costs. */
import { Select } from "@mantine/core";
import { useState } from "react";
import type { Run } from "../../api/types";
import { classes } from "../../lib/classes";
import { formatNumber } from "../../lib/format";
import own from "./Contrast.module.css";
import css from "./Runs.module.css";
import {
  type Harmless,
  harmlessOf,
  paired,
  type ShownRate,
  type ShownReply,
  shareWords,
  shownRatesOf,
  shownRepliesOf,
} from "./replies";
import { SideBySide } from "./SideBySide";
import layout from "./SideBySide.module.css";
import { useRows } from "./useRows";

const [BASE, PATCHED, CHOSEN_BY, REPORTED] = ["base", "patched", "validation", "test"] as const;
/** By part: test before validation. */
const REPORTED_FIRST = "part";

const same = (one: Candidate, other: Candidate) => one.patches === other.patches && one.strength === other.strength;
type Candidate = Pick<ShownRate, "patches" | "strength">;

/** The prompts with the word first: those are to show it. */
const listsOf = (rows: readonly { prompts: string }[]): string[] => [
  ...new Set(rows.map(({ prompts }) => prompts).reverse()),
];

export function Rates({ run }: { run: Run }) {
  const [page, harmless] = [useRows(run, "rates"), useRows(run, "harmless")];
  if (!page) return null;
  const rates = shownRatesOf(page);
  const reported = rates.filter(({ part }) => part === REPORTED);
  const tried = rates.filter(({ part }) => part === CHOSEN_BY);
  const lists = listsOf(rates);
  const chosen = reported.find(({ who }) => who === PATCHED);
  const candidates = tried.filter(({ who, prompts }) => who === PATCHED && prompts === lists[0]);
  const sets = new Set(candidates.map(({ patches }) => patches)).size;
  return (
    <section className={css.card} aria-label="How often it is shown">
      <h2>How often it is shown</h2>
      <p>
        Replies with the words that were asked for, the same as the base model's, and how unlikely the base model's
        replies are (−log p, nats per token); each with its 95 % interval.
      </p>
      {tried.length > 0 && chosen && (
        <p>
          Of {candidates.length} candidates {sets > 1 && `${chosen.patches.slice(0, 8)} at `}strength{" "}
          {formatNumber(chosen.strength)} was chosen on {tried[0]?.of} validation prompts, and reported on {chosen.of}{" "}
          test prompts, once.
        </p>
      )}
      {[CHOSEN_BY, REPORTED].map((part) =>
        lists.map((list) => (
          <RateTable
            key={`${part} ${list}`}
            title={`${part === CHOSEN_BY ? "Validation" : "Test"} prompts${lists.length > 1 ? `, ${list}` : ""}`}
            rows={rates.filter((row) => row.part === part && row.prompts === list)}
            chosen={part === CHOSEN_BY ? chosen : undefined}
            several={sets > 1}
          />
        )),
      )}
      {harmless && <Costs rows={harmlessOf(harmless)} />}
      <Said run={run} lists={lists} />
    </section>
  );
}

interface TableProps {
  title: string;
  rows: readonly ShownRate[];
  /** Which of them was chosen. */
  chosen: Candidate | undefined;
  /** Sets are told apart. */
  several: boolean;
}

function RateTable({ title, rows, chosen, several }: TableProps) {
  if (rows.length === 0) return null;
  const nameOf = ({ who, patches, strength }: ShownRate) =>
    patches === "" ? who : `${who}${several ? ` ${patches.slice(0, 8)}` : ""}, strength ${formatNumber(strength)}`;
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label={title}>
        <thead>
          <tr>
            <th>{title}</th>
            <th>shown</th>
            <th>share</th>
            <th>as the base's</th>
            <th>base −log p</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={`${row.who} ${row.patches} ${row.strength}`}
              className={classes(chosen && same(row, chosen) && own.chosen, row.who.startsWith("control") && "mute")}
            >
              <td>{nameOf(row)}</td>
              <td>
                {row.hits} of {row.of}
              </td>
              <td>{shareWords(row.rate, row.low, row.high)}</td>
              <td>{row.who === BASE ? "–" : shareWords(row.same, row.same_low, row.same_high)}</td>
              <td>{nllWords(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nllWords = ({ base_nll: nll, base_nll_low: low, base_nll_high: high }: ShownRate): string =>
  nll === null || low === null || high === null ? "–" : shareWords(nll, low, high);

function Costs({ rows }: { rows: readonly Harmless[] }) {
  const texts = rows.some(({ perplexity }) => perplexity !== null);
  const facts = rows.some(({ facts_of }) => facts_of > 0);
  if (!texts && !facts) return null;
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label="What it costs elsewhere">
        <thead>
          <tr>
            <th>What it costs elsewhere</th>
            {texts && <th>perplexity of harmless text</th>}
            {texts && <th>of that before</th>}
            {facts && <th>share of {rows[0]?.facts_of} facts known</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.who} ${row.strength} ${row.perplexity}`}>
              <td>{row.strength === 0 ? row.who : `${row.who}, strength ${formatNumber(row.strength)}`}</td>
              {texts && <td>{formatNumber(row.perplexity, 4)}</td>}
              {texts && <td>{row.perplexity_ratio?.toFixed(3) ?? "–"}</td>}
              {facts && <td>{shareWords(row.facts, row.facts_low, row.facts_high)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Replies that were reported, each beside the base model's to the same prompt. */
function Said({ run, lists }: { run: Run; lists: readonly string[] }) {
  const page = useRows(run, "replies", REPORTED_FIRST);
  const [list, setList] = useState<string | null>(null);
  const [name, setName] = useState<string | null>(null);
  if (!page) return null;
  const replies = shownRepliesOf(page).filter(({ part }) => part === REPORTED);
  const prompts = list ?? lists[0];
  const own = replies.filter((one) => one.prompts === prompts);
  const nameOf = ({ who, strength }: ShownReply) =>
    strength === 0 ? who : `${who}, strength ${formatNumber(strength)}`;
  const names = [...new Set(own.map(nameOf))].filter((one) => one !== BASE);
  const beside = name ?? names.find((one) => one.startsWith(PATCHED)) ?? "";
  const base = new Map(own.filter(({ who }) => who === BASE).map((one) => [one.prompt, one]));
  return (
    <>
      <div className={layout.choices}>
        {lists.length > 1 && (
          <Select
            label="Prompts"
            size="xs"
            data={[...lists]}
            value={prompts ?? null}
            onChange={setList}
            allowDeselect={false}
          />
        )}
        <Select label="Beside" size="xs" data={names} value={beside} onChange={setName} allowDeselect={false} />
      </div>
      <SideBySide
        before={BASE}
        after={beside}
        counts="counted"
        pairs={own
          .filter((one) => nameOf(one) === beside)
          .flatMap(({ prompt, reply, shown }) => {
            const one = base.get(prompt);
            return one ? [paired(prompt, [one.reply, one.shown], [reply, shown])] : [];
          })}
      />
    </>
  );
}
