/** Runs at a glance: how many, how many today, what waits, and the latest ones. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { families, queue, runs } from "../../api/runs";
import { RunStatus } from "../../components/RunStatus";
import { formatCount } from "../../lib/format";
import { familyTitle, headlineWords, runTitle } from "../-runs/words";
import { ago } from "../-shell/words";
import classes from "./Home.module.css";

const RECENT = 6;

/** Unix seconds of the last midnight in the reader's time zone. */
const midnight = (): number => new Date().setHours(0, 0, 0, 0) / 1000;

export function RunsOverview() {
  const { data } = useQuery(runs({}, 0, RECENT));
  const { data: today } = useQuery(runs({ since: midnight() }, 0, 1));
  const { data: waiting } = useQuery(queue);
  const { data: cards } = useQuery(families);
  // A server that runs nothing has nothing to show; the page says what else there is.
  if (!data) return null;
  const last = data.rows[0];
  const active = waiting ? waiting.totals.running + waiting.totals.planned : undefined;
  const facts: [string, string, "/runs" | "/queue"][] = [
    ["Runs", formatCount(data.total), "/runs"],
    ["Runs today", today ? formatCount(today.total) : "–", "/runs"],
    ["Active in the queue", active === undefined ? "–" : formatCount(active), "/queue"],
    ["Last run", last ? familyTitle(last.family, cards) : "none yet", "/runs"],
  ];
  return (
    <section>
      <h2 className="label">Runs</h2>
      <div className={classes.tiles}>
        {facts.map(([name, value, to]) => (
          <Link key={name} to={to} className={classes.tile}>
            <span>{name}</span>
            <b>{value}</b>
          </Link>
        ))}
      </div>
      {data.rows.length > 0 && (
        <ul className={classes.recent}>
          {data.rows.map((row) => (
            <li key={row.id}>
              <Link to="/runs/$run" params={{ run: row.id }}>
                <RunStatus status={row.status} stopping={row.stopping} />
                <span className={classes.recentTitle}>{runTitle(row)}</span>
                <span className={classes.recentFacts}>
                  {[headlineWords(row.headline), ago(row.created, Date.now())].filter(Boolean).join(" · ")}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
