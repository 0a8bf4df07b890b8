/** What is known of a feature, part by part: logits, neighbours, token lift, where the numbers come from. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Feature } from "../../api/types";
import { Facts } from "../../components/Facts";
import { FeatureBars } from "../../components/FeatureBars";
import { formatCount, formatNats, formatPrecise, formatShare, formatSigned, withUnit } from "../../lib/format";
import classes from "./Feature.module.css";
import { FeatureLink } from "./FeatureLink";

interface Props {
  feature: Feature;
  label: (id: number) => string;
  /** Rows shown of each list. Defaults to all. */
  most?: number;
}

export function Part({ title, says, children }: { title: string; says?: string; children: ReactNode }) {
  return (
    <section className={classes.part} aria-label={title}>
      <h2 className="label" title={says}>
        {title}
      </h2>
      {children}
    </section>
  );
}

const LOGITS_SAY =
  "What one unit of activation adds to a token's logit, through the final norm's gain and before its scale. Only the order and the differences mean something.";

export function Logits({ feature, label, most }: Props) {
  const list = (title: string, logits: Feature["top_logits"]) => (
    <Part title={title} says={LOGITS_SAY}>
      <FeatureBars
        label={title}
        bars={logits.slice(0, most).map(({ id, value }) => ({
          key: id,
          name: <bdi className={classes.token}>{label(id)}</bdi>,
          value,
          text: formatSigned(value, Math.abs(value) >= 10 ? 1 : 3),
        }))}
        empty="It does not write to the residual stream."
      />
    </Part>
  );
  return (
    <>
      {list("Promotes", feature.top_logits)}
      {list("Suppresses", feature.bottom_logits)}
    </>
  );
}

export function Lift({ feature, label, most }: Props) {
  const title = "Fires on more than chance";
  return (
    <Part title={title} says="p(token | fires) / p(token), of tokens with a minimum count">
      <FeatureBars
        label={title}
        bars={feature.tokens.slice(0, most).map(({ id, count, of, lift }) => ({
          key: id,
          name: <bdi className={classes.token}>{label(id)}</bdi>,
          aside: `${formatCount(count)} of ${formatCount(of)}`,
          value: count / Math.max(1, of),
          text: `×${lift >= 100 ? Math.round(lift) : lift.toPrecision(2)}`,
          says: `Lift ${formatPrecise(lift)}; it fires at ${count} of ${of} positions of this token`,
        }))}
        full={1}
        empty="On no token often enough to say."
      />
    </Part>
  );
}

export function Neighbours({ feature, label: written, most }: Props) {
  const { sae } = feature.dictionary;
  const name = ({ index, label, top_tokens }: Feature["cosine" | "cofiring"][number]) => (
    <FeatureLink sae={sae} index={index} className={classes.neighbour}>
      <span className={classes.index}>{index}</span>{" "}
      {label ? (
        <bdi>{label}</bdi>
      ) : (
        <bdi className={classes.peaks} title="No label yet: tokens on which its strongest examples peak">
          {top_tokens.map(written).join(" ")}
        </bdi>
      )}
    </FeatureLink>
  );
  return (
    <>
      <Part title="Nearest by decoder" says="Cosine between decoder rows">
        <FeatureBars
          label="Nearest by decoder"
          full={1}
          bars={feature.cosine.slice(0, most).map((near) => ({
            key: near.index,
            name: name(near),
            value: near.cosine,
            text: formatSigned(near.cosine),
          }))}
          empty="The dictionary has no other feature."
        />
      </Part>
      <Part title="Fires with" says="Jaccard index: positions where both fire over positions where either does">
        <FeatureBars
          label="Fires with"
          full={1}
          bars={feature.cofiring.slice(0, most).map((near) => ({
            key: near.index,
            name: name(near),
            aside: `PMI ${formatNats(near.pmi)} · n ${formatCount(near.count)}`,
            value: near.jaccard,
            text: formatShare(near.jaccard),
            says: `Jaccard ${formatPrecise(near.jaccard)}; pointwise mutual information ${formatPrecise(near.pmi)} nats; ${near.count} positions together`,
          }))}
          empty="With none often enough to say."
        />
      </Part>
    </>
  );
}

const atMost = (missed: number): string => (missed === 0 ? "exact" : `at most ${missed} short`);

export function Provenance({ feature }: { feature: Feature }) {
  const { provenance: from, dictionary } = feature;
  const { tokens, documents, held_out_documents } = dictionary;
  const sae = dictionary.made_of ? (
    <Link to="/saes/$sae" params={{ sae: dictionary.made_of }}>
      {dictionary.made_of}
    </Link>
  ) : (
    "not here any more"
  );
  const run = from.run ? (
    <a href={`/runs/${encodeURIComponent(from.run)}`}>{from.run}</a>
  ) : (
    "none: harvested from a script"
  );
  const counted = `${formatCount(tokens)} positions of ${formatCount(documents)} documents, ${formatCount(held_out_documents)} held out`;
  const paired = `counted at ${formatCount(from.pairs_at)} positions, ${atMost(from.pairs_missed)}`;
  return (
    <Part title="Where the numbers come from">
      <Facts
        look="ruled"
        facts={[
          { name: "SAE", value: sae },
          { name: "File", value: from.sae_path, mono: "value" },
          { name: "Format", value: from.sae_format },
          { name: "Trained on", value: from.training || "its file does not say" },
          { name: "Model", value: dictionary.model_name },
          { name: "Weights", value: dictionary.weights_sha256.slice(0, 16), mono: "value" },
          { name: "Harvested from", value: from.recording ? `${from.recording}, of ${from.dataset}` : from.dataset },
          { name: "Tokens' hash", value: from.dataset_sha256.slice(0, 16), mono: "value" },
          { name: "Counted", value: counted },
          {
            name: "Left out",
            value: `the first ${withUnit(formatCount(dictionary.skipped), "position")} of each text`,
          },
          { name: "Run", value: run },
          { name: "Seed", value: from.seed },
          { name: "Co-firing", value: paired },
          { name: "Token lift", value: `counts are ${from.lift_missed === 0 ? "exact" : atMost(from.lift_missed)}` },
        ]}
      />
    </Part>
  );
}
