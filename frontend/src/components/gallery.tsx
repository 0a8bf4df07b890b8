/**
 * Every view of the lens in every state, for the gallery page and for pictures of them.
 *
 * The numbers and texts here are generated from a seed and come from no model; the page says so. Nothing else imports this file.
 */
import { type ReactNode, useState } from "react";
import { TABLES } from "../lib/color";
import {
  columnOf,
  type LayerName,
  type LensGrid,
  METRICS,
  type Metric,
  type PositionLens,
  probabilityOf,
} from "../lib/lens";
import type { Role, StripToken } from "../lib/strip";
import { labeller, type Vocab } from "../lib/tokens";
import { Bar } from "./Bar";
import { FEATURE_SPECIMENS } from "./featureGallery";
import { Legend } from "./Legend";
import { LensCurves } from "./LensCurves";
import { LensHeatmap, type LensHeatmapProps } from "./LensHeatmap";
import { LensTable, type LensTableProps } from "./LensTable";
import { TokenStrip, type TokenStripProps } from "./TokenStrip";

export interface Specimen {
  name: string;
  node: ReactNode;
}

/** Numbers from 0 to 1, the same for the same seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const TEXT: readonly (readonly [Role, readonly string[]])[] = [
  ["template", ["<|user|>"]],
  ["user", "What| is| the| capital| of| France|?| And| of| Italy|?|\n|Thank| you|!".split("|")],
  ["template", ["<|end|>", "\n", "<|assistant|>"]],
  [
    "assistant",
    "The| capital| of| France| is| Paris|,| and| the| capital| of| Italy| is| Rome|.| Both| cities| sit| on| major| rivers|:| the| Seine| and| the| Tiber|.".split(
      "|",
    ),
  ],
  ["template", ["<|end|>"]],
];

const utf8 = new TextEncoder();
const pieces: { role: Role; bytes: Uint8Array }[] = TEXT.flatMap(([role, words]) =>
  words.map((word) => ({ role, bytes: utf8.encode(word) })),
);
// A character over three tokens, markup, a bidirectional override, a combining sign, stray bytes, no bytes at all.
const ODD: readonly Uint8Array[] = [
  utf8.encode(" caf\u00e9"),
  Uint8Array.of(0x20, 0xf0, 0x9f),
  Uint8Array.of(0x98),
  Uint8Array.of(0x80),
  utf8.encode(" <script>alert(1)</script>"),
  utf8.encode(" a\u202Eb"),
  utf8.encode("\u0301"),
  Uint8Array.of(0xe2, 0x80),
  utf8.encode("\t\ttabs"),
  utf8.encode("\n\n"),
  utf8.encode("漢字"),
  utf8.encode(" שלום"),
  utf8.encode(" العربية"),
  utf8.encode("👩‍💻"),
  utf8.encode("\u200B"),
  new Uint8Array(),
  utf8.encode(" pneumonoultramicroscopicsilicovolcanoconiosis"),
];

const all = [...pieces.map((piece) => piece.bytes), ...ODD];
const vocab: Vocab = {
  size: all.length,
  bytes: (id) => all[id] ?? new Uint8Array(),
  special: (id) => pieces[id]?.role === "template" && all[id]?.[0] === 0x3c,
};
const label = labeller(vocab);

const chat: readonly StripToken[] = pieces.map(({ role }, id) => ({ position: id, id, role }));
const odd: readonly StripToken[] = ODD.map((_, i) => ({ position: i, id: pieces.length + i, role: "text" }));
const long: readonly StripToken[] = Array.from({ length: 5000 }, (_, position) => ({
  position,
  id: 1 + ((position * 7) % (pieces.length - 2)),
  role: "text" as const,
}));

const LAYERS: readonly LayerName[] = ["embed", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const K = 10;
const unit = { from: 0, to: 1, log: false, fitted: false };

/** A reading that grows surer with depth. `jitter` makes a second, different one. */
function readingAt(position: number, actual: number, jitter = 0): PositionLens {
  const random = randomFrom(position * 7919 + 17 + jitter);
  const ease = random();
  const probs: number[] = [];
  const ids: number[] = [];
  const own: number[] = [];
  const entropy: number[] = [];
  LAYERS.forEach((_, index) => {
    const depth = index / (LAYERS.length - 1);
    const top = 0.02 + 0.96 * depth ** (1 + 3 * ease) * (0.55 + 0.45 * random());
    const reached = depth > 0.3 + 0.6 * ease;
    for (let rank = 0; rank < K; rank++) {
      const prob = rank === 0 ? top : Math.min(top, 1 - top) * 0.55 ** rank * 0.8;
      const isActual = rank === (reached ? 0 : 3);
      ids.push(isActual ? actual : (actual + 1 + Math.floor(random() * (pieces.length - 2))) % pieces.length);
      probs.push(prob);
      if (isActual) own.push(prob);
    }
    entropy.push(Math.log(4096) * (1 - top) * (0.8 + 0.2 * random()));
  });
  return { layers: LAYERS, k: K, topIds: ids, topProbs: probs, entropy, prob: own };
}

function gridOf(tokens: readonly StripToken[], layers: readonly LayerName[], jitter = 0): LensGrid {
  const width = tokens.length;
  const cells = layers.length * width;
  const random = randomFrom(41 + jitter);
  const prob = new Float32Array(cells);
  const ids = new Uint32Array(cells);
  const ease = tokens.map(() => random());
  for (let cell = 0; cell < cells; cell++) {
    const [layer, column] = [Math.floor(cell / width), cell % width];
    const depth = layer / (layers.length - 1);
    prob[cell] = 0.01 + 0.97 * depth ** (0.5 + 4 * (ease[column] ?? 0)) * (0.6 + 0.4 * random());
    const next = tokens[column + 1]?.id ?? 0;
    ids[cell] = (prob[cell] ?? 0) > 0.35 ? next : Math.floor(random() * pieces.length);
  }
  // The first token has nothing before it.
  for (let layer = 0; layer < layers.length; layer++) prob[layer * width] = Number.NaN;
  return {
    layers,
    positions: tokens.map((token) => token.position),
    tokens: tokens.map((token) => token.id),
    ids,
    prob,
    entropy: prob.map((p) => Math.log(4096) * (1 - p) * 0.9),
    targetProb: prob.map((p) => p * 0.7),
    rank: prob.map((p) => Math.max(1, Math.round(4096 ** (1 - p)))),
    kl: prob.map((p) => 6 * (1 - p) ** 2),
  };
}

const chatGrid = gridOf(chat, LAYERS);
const otherGrid = gridOf(chat, LAYERS, 5);
const bigGrid = gridOf(
  long.slice(0, 2000),
  Array.from({ length: 80 }, (_, layer) => layer),
);
const noise = randomFrom(31);
const probability = Float32Array.from(chat, (_, i) => (i === 0 ? Number.NaN : noise()));
const signed = Float32Array.from(chat, () => noise() * 2 - 1);

function Strip(props: Partial<TokenStripProps> & { height?: number }) {
  const [selected, setSelected] = useState<number | null>(props.selected ?? null);
  const [pins, setPins] = useState<readonly number[]>(props.pins ?? []);
  const pin = (position: number) =>
    setPins((now) => (now.includes(position) ? now.filter((other) => other !== position) : [...now, position]));
  return (
    <div style={{ maxHeight: props.height ?? 420, display: "flex", flexDirection: "column" }}>
      <TokenStrip
        tokens={chat}
        vocab={vocab}
        label="generated text"
        {...props}
        selected={selected}
        pins={pins}
        onSelect={setSelected}
        onPin={pin}
      />
    </div>
  );
}

function Table(props: Partial<LensTableProps> & { width?: number }) {
  const [pins, setPins] = useState<readonly number[]>(props.pins ?? []);
  const [layer, setLayer] = useState<LayerName | null>(props.layer ?? null);
  const pin = (id: number) => setPins((now) => (now.includes(id) ? now.filter((other) => other !== id) : [...now, id]));
  return (
    <div style={{ maxWidth: props.width }}>
      <LensTable
        lens={readingAt(24, 25)}
        label={label}
        caption="generated reading"
        actual={25}
        {...props}
        pins={pins}
        layer={layer}
        onPin={pin}
        onLayer={setLayer}
      />
    </div>
  );
}

function Heat(props: Partial<LensHeatmapProps> & { height?: number }) {
  const [cell, setCell] = useState({ layer: props.layer ?? null, position: props.position ?? null });
  const [pins, setPins] = useState<readonly number[]>(props.pins ?? []);
  const pin = (position: number) =>
    setPins((now) => (now.includes(position) ? now.filter((other) => other !== position) : [...now, position]));
  return (
    <div style={{ height: props.height ?? 470, display: "flex", flexDirection: "column" }}>
      <LensHeatmap
        grid={chatGrid}
        title="generated grid"
        metric="prob"
        vocabSize={4096}
        label={label}
        {...props}
        pins={pins}
        layer={cell.layer}
        position={cell.position}
        onSelect={setCell}
        onPin={pin}
      />
    </div>
  );
}

const reading = readingAt(24, 25);
const followed = [25, ...Array.from(reading.topIds).filter((id) => id !== 25)].slice(0, 4);
const tokenCurves = [...new Set(followed)].map((id) => ({
  key: String(id),
  label: label(id),
  values: probabilityOf(reading, id),
}));
const positionCurves = (metric: Metric) =>
  [20, 24, 30].map((position) => ({
    key: String(position),
    label: `${position} ${label(position)}`,
    values: columnOf(chatGrid, position, metric) ?? [],
  }));

function Curves({
  metric,
  curves,
  fit,
}: {
  metric: Metric;
  curves: Parameters<typeof LensCurves>[0]["curves"];
  fit?: boolean;
}) {
  const [layer, setLayer] = useState<LayerName | null>(8);
  return (
    <LensCurves
      layers={LAYERS}
      metric={metric}
      curves={curves}
      vocabSize={4096}
      title={`${METRICS[metric].name} across layers`}
      fit={fit}
      layer={layer}
      onLayer={setLayer}
      onExport={() => undefined}
    />
  );
}

/** Every component in every state. */
export const SPECIMENS: readonly Specimen[] = [
  {
    name: "Token strip: coloured by probability, selected, pinned",
    node: <Strip coloring={{ name: "probability", values: probability, domain: unit }} selected={25} pins={[21, 33]} />,
  },
  { name: "Token strip: plain, whitespace visible", node: <Strip whitespace /> },
  {
    name: "Token strip: signed difference with underlines",
    node: (
      <Strip
        underline
        coloring={{ name: "Δ probability", values: signed, domain: { from: -1, to: 1, log: false, fitted: true } }}
      />
    ),
  },
  {
    name: "Token strip: split characters, markup, controls, right-to-left",
    node: <Strip tokens={odd} selected={2} whitespace />,
  },
  { name: "Token strip: streaming", node: <Strip tokens={chat.slice(0, 30)} streaming /> },
  { name: "Token strip: waiting for the first token", node: <Strip tokens={[]} streaming /> },
  { name: "Token strip: empty", node: <Strip tokens={[]} /> },
  { name: "Token strip: 5,000 tokens", node: <Strip tokens={long} height={180} selected={40} /> },
  { name: "Lens table: wide", node: <Table layer={8} pins={[25]} /> },
  { name: "Lens table: in an inspector of 320 pixels", node: <Table width={320} layer={11} pins={[22]} /> },
  {
    name: "Lens table: no actual token, embedding on top, grey",
    node: <Table width={560} actual={null} flip scheme="grey" />,
  },
  { name: "Heatmap: probability", node: <Heat layer={8} position={24} pins={[21]} /> },
  { name: "Heatmap: entropy, a column selected", node: <Heat metric="entropy" position={24} /> },
  { name: "Heatmap: rank, log scale, cividis", node: <Heat metric="rank" scheme="cividis" /> },
  { name: "Heatmap: KL to the last layer, fit to view", node: <Heat metric="kl" fit /> },
  { name: "Heatmap: difference", node: <Heat against={otherGrid} layer={9} position={20} /> },
  { name: "Heatmap: narrow cells, flipped", node: <Heat cellWidth={18} flip height={360} /> },
  { name: "Heatmap: 80 layers × 2,000 tokens", node: <Heat grid={bigGrid} height={380} /> },
  { name: "Heatmap: 80 layers × 2,000 tokens from afar", node: <Heat grid={bigGrid} cellWidth={5} height={420} /> },
  { name: "Heatmap: a metric that the reading lacks", node: <Heat metric="logit" height={90} /> },
  {
    name: "Heatmap: no positions",
    node: <Heat grid={{ ...chatGrid, positions: [], tokens: [], ids: [], prob: [], entropy: [] }} height={90} />,
  },
  { name: "Curves: probability of followed tokens", node: <Curves metric="prob" curves={tokenCurves} /> },
  { name: "Curves: rank, log scale", node: <Curves metric="rank" curves={positionCurves("rank")} /> },
  { name: "Curves: entropy", node: <Curves metric="entropy" curves={positionCurves("entropy")} /> },
  {
    name: "Curves: log-probability, fit to view",
    node: <Curves metric="logprob" curves={positionCurves("logprob")} fit />,
  },
  { name: "Curves: nothing pinned", node: <Curves metric="prob" curves={[]} /> },
  {
    name: "Legends",
    node: (
      <>
        <Legend title="probability" domain={unit} table={TABLES.viridis} marker={0.62} missing />
        <Legend title="probability" domain={unit} table={TABLES.cividis} />
        <Legend title="rank" domain={{ from: 4096, to: 1, log: true, fitted: false }} table={TABLES.grey} marker={37} />
        <Legend title="p(token)" domain={unit} table="highlight" marker={0.3} />
        <Legend
          title="Δ probability"
          difference="“The capital of France is” − “The capital of Italy is”"
          domain={{ from: -0.4, to: 0.4, log: false, fitted: true }}
          table="highlight"
          signed
          clipped
        />
      </>
    ),
  },
  {
    name: "Bars",
    node: [0, 0.02, 0.35, 0.9, 1, Number.NaN].map((value) => (
      <div key={String(value)} style={{ width: 160, padding: 4 }}>
        <Bar value={value} />
      </div>
    )),
  },
  ...FEATURE_SPECIMENS,
];
