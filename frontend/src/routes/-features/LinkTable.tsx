/** The links of a feature at one token, the strongest first; upstream ones can be tested. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { LinkQuestion } from "../../api/featureLinks";
import type { FeatureLink, FeatureTraced } from "../../api/types";
import { HueBar } from "../../components/HueBar";
import { formatNats, formatPrecise, formatSigned } from "../../lib/format";
import { tallied } from "../../lib/links";
import classes from "./Feature.module.css";
import css from "./Links.module.css";
import { TestCell } from "./LinkTest";
import type { FeatureSearch } from "./params";
import { useLinkTests } from "./useLinkTests";

interface Props {
  question: LinkQuestion;
  trace: FeatureTraced;
  label: (id: number) => string;
  search: FeatureSearch;
}

/** Its page, with the same text and at the same token, where it has one. */
function Name({ link, trace, label, search, question }: Props & { link: FeatureLink }) {
  const words = link.label ? (
    <bdi>{link.label}</bdi>
  ) : (
    <bdi className={classes.peaks} title="No label yet: tokens on which its strongest examples peak">
      {link.top_tokens.map(label).join(" ")}
    </bdi>
  );
  const shown = (
    <>
      <span className={classes.index}>{link.index}</span> {words}
    </>
  );
  if (!trace.dictionary) return <span className={`${classes.neighbour} ${css.unread}`}>{shown}</span>;
  const { text, kept } = search;
  const ids = typeof question.given === "string" ? [] : [...question.given];
  return (
    <Link
      to="/features/$sae/$index"
      params={{ sae: trace.dictionary, index: String(link.index) }}
      search={{ tab: "provenance", text, kept, ids, at: link.position }}
      className={classes.neighbour}
    >
      {shown}
    </Link>
  );
}

function Effect({ value, most }: { value: number; most: number }) {
  return (
    <div className={css.effect} title={formatPrecise(value)}>
      <HueBar share={most > 0 ? Math.abs(value) / most : 0} hue={value < 0 ? "negative" : "positive"} />
      <span className="mono">{formatSigned(value)}</span>
    </div>
  );
}

export function LinkTable(props: Props) {
  const { question, trace, label } = props;
  const { links, ids, position, direction } = trace;
  const upstream = direction === "upstream";
  const { running, tally, testAll, stop } = useLinkTests(question, position, links);
  const most = Math.max(0, ...links.map(({ effect }) => Math.abs(effect)));
  return (
    <>
      {upstream && (
        <div className={css.bar}>
          <Button variant="default" size="compact-sm" onClick={running ? stop : testAll}>
            {running ? "Stop testing" : "Test all shown"}
          </Button>
          <span className={css.aside} role="status">
            {tallied(tally, links.length)}
          </span>
        </div>
      )}
      <table className={css.table} aria-label={upstream ? "Links upstream" : "Links downstream"}>
        <thead>
          <tr>
            <th scope="col" className={css.token}>
              token
            </th>
            <th scope="col">feature</th>
            <th scope="col" className={css.activation}>
              activation
            </th>
            <th
              scope="col"
              className={css.effects}
              title={
                upstream
                  ? "What it has of this feature's activation, by first-order approximation"
                  : "What its activation loses without this feature"
              }
            >
              {upstream ? "attribution" : "loses"}
            </th>
            {upstream && (
              <th
                scope="col"
                className={css.tests}
                title="This feature's activation without that one, and what it loses: causal, to be compared with the attribution"
              >
                test
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr key={`${link.position} ${link.index}`}>
              <td>
                <span className={css.place}>{link.position}</span>{" "}
                <bdi className={`${classes.chip} ${css.chip}`}>{label(ids[link.position] ?? 0)}</bdi>
              </td>
              <td>
                <Name {...props} link={link} />
                <span className={css.fires} title={formatPrecise(link.activation)}>
                  fires {formatNats(link.activation)}
                </span>
              </td>
              <td className={css.activation} title={formatPrecise(link.activation)}>
                <span className="mono">{formatNats(link.activation)}</span>
              </td>
              <td>
                <Effect value={link.effect} most={most} />
              </td>
              {upstream && (
                <td>
                  <TestCell {...{ question, position, link }} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
