/** Everything that shows features in every state, for the gallery page. The numbers are made up and come from no model. */
import type { ReactNode } from "react";
import type { FeatureReading } from "../api/types";
import { labeller, type Vocab } from "../lib/tokens";
import { Continuations } from "./Continuations";
import { ControlDots } from "./ControlDots";
import { ExampleText } from "./ExampleText";
import { type Fact, Facts, type Look } from "./Facts";
import { FeatureBars } from "./FeatureBars";
import { FeatureFirings } from "./FeatureFirings";
import { NextTokens } from "./NextTokens";

const utf8 = new TextEncoder();
const PIECES: readonly Uint8Array[] = [
  ..."Once| upon| a| time| the| old| river| ran| by| <b>the</b>| mill|.|\n| It| was|\t| never"
    .split("|")
    .map((text) => utf8.encode(text)),
  Uint8Array.of(0x20, 0xf0, 0x9f),
  Uint8Array.of(0x98, 0x80),
  Uint8Array.of(0xe2),
];
const vocab: Vocab = {
  size: PIECES.length,
  bytes: (id) => PIECES[id] ?? new Uint8Array(),
  special: (id) => id === 0,
};
const ids = PIECES.map((_, id) => id);
const values = ids.map((id) => (id % 3 === 0 ? 0 : (id % 7) / 3));
const text = { ids, vocab, full: 2, name: "activation" };

const READING: FeatureReading = {
  sae: "generated",
  site: "L8.resid_post",
  features: [
    {
      index: 451,
      activation: 2.5,
      norm: 34,
      share: 0.61,
      label: "rivers and what runs in them, and a label that is longer than its place",
      top_tokens: [6, 4],
    },
    { index: 43, activation: 1.25, norm: 17, share: 0.3, label: "", top_tokens: [5, 9, 14] },
    { index: 16383, activation: 0.02, norm: 0.3, share: -0.04, label: "<i>markup</i>", top_tokens: [] },
  ],
  l0: 32,
  shown_share: 0.87,
  error_norm: 128,
  residual_norm: 305,
  fvu: 0.17,
  dictionary: "generated",
};
const firings = (reading: FeatureReading, colored?: number): ReactNode => (
  <FeatureFirings
    written={labeller(vocab)}
    reading={reading}
    title={reading.sae}
    link={(_, children) => <span>{children}</span>}
    colored={colored}
    onColor={() => {}}
  />
);
const bars = [3, 2, 1.5, 0.2].map((value, key) => ({ key, name: `token ${key}`, value, text: `+${value.toFixed(3)}` }));
const NEXT = [
  { token_id: 4, base: 0.02, patched: 0.41, controls: [0.01, 0.05], other: null, other_controls: [] },
  { token_id: 13, base: 0.3, patched: 0.0002, controls: [0.24, 0.31], other: null, other_controls: [] },
  { token_id: 19, base: 0.1, patched: 0.1, controls: [], other: null, other_controls: [] },
];

const LOOKS: readonly Look[] = ["ruled", "halves", "columns", "ends", "chips", "line", "figures"];
const FACTS: readonly Fact[] = [
  { name: "features", value: 1024 },
  { name: "reads", value: "L7.resid_post", mono: "value" },
  { name: "W_enc", value: "(192, 1024)", mono: "name", says: "in float32" },
];

export const FEATURE_SPECIMENS: readonly { name: string; node: ReactNode }[] = [
  {
    name: "Example: shaded, peak framed",
    node: <ExampleText {...text} values={values} peak={13} start={40} continues />,
  },
  {
    name: "Example: signed, lines, whitespace, underlines",
    node: (
      <ExampleText {...text} values={values.map((value, i) => (i % 2 ? value : -value))} breaks whitespace underline />
    ),
  },
  { name: "Example: fires nowhere", node: <ExampleText {...text} values={[]} /> },
  { name: "Features of a token", node: firings(READING, 43) },
  { name: "Features of a token: none fires", node: firings({ ...READING, features: [], l0: 0, fvu: null }) },
  { name: "Bars: promoted", node: <FeatureBars label="promoted" bars={bars} /> },
  {
    name: "Bars: suppressed, with counts",
    node: (
      <FeatureBars
        label="suppressed"
        bars={bars.map((bar) => ({ ...bar, value: -bar.value, text: `−${bar.value}`, aside: "6 of 7" }))}
      />
    ),
  },
  { name: "Next token: before, after, random", node: <NextTokens tokens={NEXT} label={labeller(vocab)} /> },
  {
    name: "KL beside its controls",
    node: <ControlDots value={3.1} controls={[0.02, 0.04, 0.05]} says="3.1 nats; random: 0.02–0.05" />,
  },
  { name: "KL: nothing is changed", node: <ControlDots value={0} controls={[0, 0]} says="0 nats" /> },
  {
    name: "Continuations: what differs",
    node: <Continuations vocab={vocab} length={4} base={[4, 5, 6, 7]} patched={[4, 9, 6]} controls={[[4, 5, 6], []]} />,
  },
  ...LOOKS.map((look) => ({ name: `Facts: ${look}`, node: <Facts look={look} facts={FACTS} /> })),
  { name: "Bars: none", node: <FeatureBars label="none" bars={[]} empty="With none often enough to say." /> },
];
