/**
 * Tables, forms, trees and charts of data in every state, for the gallery page.
 *
 * The rows and numbers here are generated and come from no model and no run; the page says so.
 */

import { useState } from "react";
import { formatCount } from "../lib/format";
import { problemsOf } from "../lib/kindProblems";
import { changedOnly, type Json, type Schema } from "../lib/kindSchema";
import { PAGE_ROWS } from "../lib/rows";
import { type Column, DataTable } from "./DataTable";
import type { Specimen } from "./gallery";
import { Histogram } from "./Histogram";
import { JsonTree } from "./JsonTree";
import { KindForm } from "./KindForm";
import { ProgressBar } from "./ProgressBar";
import { RunStatus } from "./RunStatus";
import { SeriesChart } from "./SeriesChart";
import { SpecChart } from "./SpecChart";

interface Made {
  index: number;
  name: string;
  value: number;
}
const made = (index: number): Made => ({ index, name: `row ${index}`, value: Math.abs(Math.sin(index)) });
const pageOf = (page: number) => Array.from({ length: PAGE_ROWS }, (_, i) => made(page * PAGE_ROWS + i));

const COLUMNS: readonly Column<Made>[] = [
  { key: "index", title: "Index", text: ({ index }) => index, number: true, sorts: true },
  { key: "name", title: "Name", text: ({ name }) => name, grow: 1, sorts: true },
  { key: "value", title: "Value", text: ({ value }) => value, cell: ({ value }) => value.toFixed(3), number: true },
];

function Table({ count, waiting = false }: { count: number; waiting?: boolean }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(["row 1"]));
  const [shown, setShown] = useState<readonly string[]>(COLUMNS.map(({ key }) => key));
  return (
    <div style={{ height: 260 }}>
      <DataTable
        label={`generated rows, ${count}`}
        columns={COLUMNS}
        count={count}
        rowsAt={waiting ? () => undefined : pageOf}
        onPages={() => undefined}
        keyOf={({ name }) => name}
        sort="index"
        onSort={() => undefined}
        shown={shown}
        onShown={setShown}
        selected={selected}
        onSelect={(key) =>
          setSelected((now) => (now.has(key) ? new Set([...now].filter((one) => one !== key)) : new Set([...now, key])))
        }
        empty="No row matches."
      >
        {formatCount(count)} rows
      </DataTable>
    </div>
  );
}

const FORM: Schema = {
  type: "object",
  required: ["path"],
  properties: {
    path: { type: "string", minLength: 1, description: "What is read." },
    steps: { type: "integer", minimum: 1, default: 2000, description: "Batches in all." },
    rate: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
    split: { enum: ["train", "held-out"], default: "train" },
    shuffle: { type: "boolean", default: true, description: "Rows in a random order." },
    layers: { type: "array", items: { type: "integer", minimum: 0 }, default: [4, 8] },
    architecture: {
      discriminator: { propertyName: "kind" },
      oneOf: [
        {
          type: "object",
          title: "TopK",
          description: "The k greatest.",
          properties: { kind: { const: "topk" }, k: { type: "integer", default: 32 } },
        },
        {
          type: "object",
          title: "ReLU",
          properties: { kind: { const: "relu" }, l1: { type: "number", default: 0.001 } },
        },
      ],
      default: { kind: "topk" },
    },
  },
};

function Form({ start, insist }: { start: Json; insist?: boolean }) {
  const [value, setValue] = useState(start);
  return (
    <>
      <KindForm schema={FORM} value={value} onChange={setValue} problems={problemsOf(FORM, value)} insist={insist} />
      <JsonTree value={changedOnly(FORM, value) ?? {}} label="what is sent" />
    </>
  );
}

const EDGES = Array.from({ length: 25 }, (_, i) => -6 + i * 0.25);
const COUNTS = EDGES.slice(1).map((edge) => Math.round(900 * Math.exp(-((edge + 2.5) ** 2))));

function Brushed({ log }: { log?: boolean }) {
  const [range, setRange] = useState<readonly [number, number] | null>(log ? null : [-3, -1.5]);
  return (
    <Histogram
      title="log10 density"
      unit="features"
      edges={EDGES}
      counts={COUNTS}
      range={range}
      onRange={setRange}
      log={log}
    />
  );
}

const STEPS = Array.from({ length: 2000 }, (_, step) => step * 100);
const falling = (rate: number) => STEPS.map((step) => 0.1 + Math.exp(-rate * step) + 0.05 * Math.sin(step * step));

function Curves({ smooth, log: begun = false }: { smooth?: number; log?: boolean }) {
  const [log, setLog] = useState(begun);
  return (
    <SeriesChart
      title="loss"
      x={STEPS}
      xLabel="step"
      yLabel="loss"
      smooth={smooth}
      log={log}
      onLog={setLog}
      curves={[
        { key: "train", label: "train", values: falling(3e-5) },
        { key: "held", label: "held out", values: falling(2e-5) },
      ]}
    />
  );
}

const SHEET = {
  columns: ["layer", "position", "rank", "prompt"],
  rows: Array.from({ length: 48 }, (_, i): Json[] => {
    const [layer, prompt] = [i % 12, Math.floor(i / 12)];
    return [layer, prompt, 1 + Math.round(900 * Math.exp(-0.4 * layer) * (1 + prompt)), `prompt ${prompt}`];
  }),
};
const AXES = { x: "layer", y: "rank", x_title: "layer", y_title: "rank of the answer" };
const PROGRESS = { done: 12_000, of: 40_000, unit: "tokens", stage: "recording", per_s: 5100, left_s: 5.6 };

export const DATA_SPECIMENS: readonly Specimen[] = [
  { name: "Data table: three million rows", node: <Table count={3_000_000} /> },
  { name: "Data table: rows on their way", node: <Table count={500} waiting /> },
  { name: "Data table: no rows", node: <Table count={0} /> },
  { name: "Form of a kind: defaults", node: <Form start={{}} /> },
  {
    name: "Form of a kind: changed, and what is wrong",
    node: <Form start={{ steps: 0, rate: 3e-4, layers: [2] }} insist />,
  },
  {
    name: "JSON tree",
    node: (
      <JsonTree value={{ fvu: 0.12, dead: null, layers: [4, 8], note: 'a "text"', ok: true }} label="generated JSON" />
    ),
  },
  { name: "Series: two curves of 2,000 points", node: <Curves /> },
  { name: "Series: smoothed, log axis", node: <Curves smooth={0.9} log /> },
  { name: "Series: no point yet", node: <SeriesChart title="loss" x={[]} xLabel="step" yLabel="loss" curves={[]} /> },
  {
    name: "Chart of a table: lines",
    node: (
      <SpecChart spec={{ kind: "line", title: "Rank by layer", ...AXES, z: "prompt", log_y: true }} sheet={SHEET} />
    ),
  },
  {
    name: "Chart of a table: points",
    node: <SpecChart spec={{ kind: "scatter", title: "Rank by layer", ...AXES, z: "prompt" }} sheet={SHEET} />,
  },
  {
    name: "Chart of a table: bars",
    node: <SpecChart spec={{ kind: "bar", title: "Rank by layer", ...AXES, z: "prompt" }} sheet={SHEET} />,
  },
  {
    name: "Chart of a table: histogram",
    node: (
      <SpecChart
        spec={{ kind: "histogram", title: "Rank by layer", ...AXES }}
        sheet={{ ...SHEET, rows: SHEET.rows.slice(0, 12) }}
      />
    ),
  },
  {
    name: "Chart of a table: heat map",
    node: <SpecChart spec={{ kind: "heatmap", title: "Rank", x: "layer", y: "prompt", z: "rank" }} sheet={SHEET} />,
  },
  {
    name: "Chart of a table: a column is missing",
    node: <SpecChart spec={{ kind: "line", title: "Loss", x: "layer", y: "loss" }} sheet={SHEET} />,
  },
  { name: "Histogram: a range is chosen", node: <Brushed /> },
  { name: "Histogram: all of it, log counts", node: <Brushed log /> },
  {
    name: "Progress",
    node: (
      <>
        <ProgressBar label="running" progress={PROGRESS} />
        <ProgressBar label="of an unknown whole" progress={{ ...PROGRESS, of: null, left_s: null }} />
        <ProgressBar label="held" progress={PROGRESS} state="held" />
        <ProgressBar label="failed" progress={PROGRESS} state="failed" />
        <ProgressBar label="done" progress={{ ...PROGRESS, done: 40_000, left_s: 0 }} state="done" />
        <ProgressBar label="not begun" progress={null} state="held" />
      </>
    ),
  },
  {
    name: "Status of a run",
    node: (
      <div style={{ display: "flex", flexWrap: "wrap", gap: 14 }}>
        {(["planned", "running", "paused", "succeeded", "failed", "cancelled"] as const).map((status) => (
          <RunStatus key={status} status={status} />
        ))}
        <RunStatus status="running" stopping="cancel" />
      </div>
    ),
  },
];
