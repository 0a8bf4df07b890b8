/** A feature's links at one token: the parts of its activation and their features upstream, or what it sets off downstream. */
import { Button, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type LinkQuestion, traced } from "../../api/featureLinks";
import { useTrouble } from "../../api/live";
import type { FeatureTraced } from "../../api/types";
import { Evidence } from "../../components/Evidence";
import { TroubleNote } from "../../components/States";
import { formatCount, formatNats } from "../../lib/format";
import classes from "./Feature.module.css";
import { LinkParts } from "./LinkParts";
import css from "./Links.module.css";
import { LinkTable } from "./LinkTable";
import type { FeatureSearch } from "./params";

interface Props {
  question: LinkQuestion;
  /** At which it fires; undefined while that is not known. */
  position: number | undefined;
  label: (id: number) => string;
  search: FeatureSearch;
}

const STEPS = [20, 50, 100] as const;

function Head({ trace, label }: { trace: FeatureTraced; label: Props["label"] }) {
  const { direction, other, position, activation, ids, evidence } = trace;
  const title = direction === "upstream" ? `Upstream, in ${other}` : `Downstream, in ${other}`;
  return (
    <>
      <h3 className={css.title}>
        {title} <Evidence of={evidence} />
      </h3>
      <p className={classes.none}>
        At position {position}, <bdi className={classes.chip}>{label(ids[position] ?? 0)}</bdi>, it fires with{" "}
        <span className="mono">{formatNats(activation)}</span>.{" "}
        {direction === "upstream"
          ? "Attributions are a first-order approximation, with attention patterns and norms' scales held; a test runs the model without what that one feature writes, which is causal."
          : "What it writes there was taken out of the stream, and the model ran on: each effect is measured, none is approximated."}
      </p>
    </>
  );
}

const EMPTY = {
  upstream: "No feature of that SAE fires at this token or before it.",
  downstream: "Taking it out changes no feature of that SAE, here or later in the text.",
} as const;

export function LinkResults({ question, position, label, search }: Props) {
  const [step, setStep] = useState(0);
  const k = STEPS[step] ?? STEPS[0];
  const found = useQuery({
    ...traced(question, position, k),
    enabled: position !== undefined,
    placeholderData: keepPreviousData,
  });
  const trouble = useTrouble(found.error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => found.refetch()} />;
  const trace = found.data;
  if (!trace)
    return (
      <div aria-busy>
        <span role="status" className="visually-hidden">
          Tracing the feature…
        </span>
        <Skeleton height={130} mt={12} />
        <Skeleton height={560} mt={12} />
      </div>
    );
  const { links, n_links, direction } = trace;
  const more = n_links > links.length && step < STEPS.length - 1;
  return (
    <div className={found.isPlaceholderData ? css.stale : undefined} aria-busy={found.isPlaceholderData}>
      <Head {...{ trace, label }} />
      {direction === "upstream" && <LinkParts trace={trace} />}
      {links.length === 0 ? (
        <p className={classes.none}>{EMPTY[direction]}</p>
      ) : (
        <LinkTable key={`${trace.position}`} {...{ question, trace, label, search }} />
      )}
      <p className={classes.none}>
        {links.length > 0 && `The ${formatCount(links.length)} strongest of ${formatCount(n_links)}. `}
        {more && (
          <Button variant="default" size="compact-sm" onClick={() => setStep(step + 1)}>
            Show more
          </Button>
        )}
      </p>
    </div>
  );
}
