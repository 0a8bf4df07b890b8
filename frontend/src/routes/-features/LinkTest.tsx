/** What taking one upstream feature out does to a feature's activation, once somebody asks. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Cause, type LinkQuestion, linkTest } from "../../api/featureLinks";
import { useTrouble } from "../../api/live";
import type { LinkTested } from "../../api/types";
import { formatNats, formatPrecise, formatSigned } from "../../lib/format";
import css from "./Links.module.css";

interface Props {
  question: LinkQuestion;
  position: number;
  link: Cause;
}

/** What it loses, as an attribution is signed. */
function Loss({ tested: { before, after, removed } }: { tested: LinkTested }) {
  return (
    <span
      className={css.loss}
      title={`loses ${formatPrecise(before - after)}; ${formatPrecise(removed)} units of the residual were taken out`}
    >
      <span className="visually-hidden">loses </span>
      {formatSigned(before - after)}
    </span>
  );
}

export function TestCell({ question, position, link }: Props) {
  const { data, error, isFetching, refetch } = useQuery({ ...linkTest(question, position, link), enabled: false });
  const trouble = useTrouble(error);
  return (
    <div className={css.test}>
      {/* One button before and after: the keyboard stays where it is. */}
      <Button variant="default" size="compact-xs" aria-busy={isFetching} onClick={() => !isFetching && refetch()}>
        {data ? `${formatNats(data.before)} → ${formatNats(data.after)}` : isFetching ? "…" : "test"}
        <span className="visually-hidden">
          {" "}
          feature {link.index} at position {link.position}
          {data && ", again"}
        </span>
      </Button>
      {data && <Loss tested={data} />}
      {trouble && (
        <span className={css.failed} role="alert" title={trouble.next}>
          {trouble.error}
        </span>
      )}
    </div>
  );
}
