import { useDocumentTitle } from "@mantine/hooks";
import { createFileRoute } from "@tanstack/react-router";
import classes from "./-settings/Settings.module.css";
import {
  CHAT_SHORTCUTS,
  FEATURE_SHORTCUTS,
  GLOBAL_SHORTCUTS,
  LENS_SHORTCUTS,
  PATCH_SHORTCUTS,
  RAIL_SHORTCUTS,
  RUN_SHORTCUTS,
  type Shortcut,
  TOKEN_SHORTCUTS,
} from "./-shell/shortcuts";

export const Route = createFileRoute("/help")({ component: Help });

const TERMS: readonly [string, string][] = [
  ["Residual stream", "The running sum that every layer reads from and adds to, one vector per token."],
  [
    "Logit lens",
    "The final norm and the unembedding applied after an earlier layer: what the model would say if it stopped there.",
  ],
  [
    "Tuned lens",
    "The same after a small learned translation per layer, fitted so that each layer predicts the last one as well as it can.",
  ],
  [
    "For, after",
    "The reading for a token is made at the position before it and predicts it; the reading after a token is made at its own position.",
  ],
  ["Rank", "1 is the likeliest token of the layer."],
  ["Entropy", "How undecided a layer is, in nats: 0 is certain, ln of the vocabulary's size is no idea at all."],
  ["KL to the last layer", "How far a layer's distribution is from the model's own, in nats."],
  [
    "Feature",
    "One direction of a sparse autoencoder's dictionary: a residual is written as a sum of the few that fire.",
  ],
  ["FVU", "Fraction of variance unexplained by the reconstruction: 0 is perfect, 1 is the mean alone."],
  ["Patch", "A change of the model while it runs: steer, ablate, clamp or scale. Strength 0 changes nothing."],
  ["Control", "A push as hard as the patch's, in a random direction: what it does too says nothing of the patch."],
  ["L0", "How many features fire at a position."],
  ["Parity", "Whether this program reads the model as the model reads itself; measured whenever one is loaded."],
];

function Keys({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  return (
    <section>
      <h2 className="label">{title}</h2>
      <table className={classes.keys}>
        <tbody>
          {shortcuts.map(({ keys, does }) => (
            <tr key={keys}>
              <td>{keys.split(" ").map((key) => (key === "then" ? ` ${key} ` : <kbd key={key}>{key}</kbd>))}</td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Help() {
  useDocumentTitle("Help · Microscope");
  return (
    <div className={classes.page}>
      <div className={classes.inner}>
        <h1>Keys and words</h1>
        <p className={classes.says}>
          Single letters do nothing while you type, and can be turned off in the settings. The server&apos;s own
          interface is described at <a href="/docs">/docs</a>.
        </p>
        <Keys title="Everywhere" shortcuts={GLOBAL_SHORTCUTS} />
        <Keys title="Tokens, tables, heatmaps" shortcuts={TOKEN_SHORTCUTS} />
        <Keys title="Lens" shortcuts={LENS_SHORTCUTS} />
        <Keys title="Features" shortcuts={FEATURE_SHORTCUTS} />
        <Keys title="Patches" shortcuts={PATCH_SHORTCUTS} />
        <Keys title="Patches beside a chat" shortcuts={RAIL_SHORTCUTS} />
        <Keys title="Runs, tables, forms" shortcuts={RUN_SHORTCUTS} />
        <Keys title="Chat" shortcuts={CHAT_SHORTCUTS} />
        <section>
          <h2 className="label">Words</h2>
          <dl className={classes.terms}>
            {TERMS.map(([term, says]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{says}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </div>
  );
}
