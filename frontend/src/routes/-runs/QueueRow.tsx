import { Link } from "@tanstack/react-router";
import { useRunLive } from "../../api/runLive";
import type { FamilyCard, RunRow } from "../../api/types";
import { ProgressBar } from "../../components/ProgressBar";
import { RunStatus } from "../../components/RunStatus";
import { ago } from "../-shell/words";
import { RunActions } from "./actions";
import css from "./Queue.module.css";
import { familyTitle, runTitle, standsWords, tookWords } from "./words";

interface QueueRowProps {
  row: RunRow;
  cards: readonly FamilyCard[] | undefined;
  /** Its progress is followed. Defaults to false. */
  live?: boolean;
}

/** A run as the queue shows it. */
export function QueueRow({ row, cards, live = false }: QueueRowProps) {
  return (
    <li>
      <span className={css.place} aria-hidden />
      <About row={row} cards={cards} />
      <span className={css.actions}>
        <RunActions row={row} small />
      </span>
      {live && <Progress row={row} />}
    </li>
  );
}

/** What it is, how it stands, of what it is, and what is known of it. */
export function About({ row, cards }: Pick<QueueRowProps, "row" | "cards">) {
  const ended = row.ended !== null && row.status !== "running" && row.status !== "planned";
  return (
    <span className={css.about}>
      <Link to="/runs/$run" params={{ run: row.id }} draggable={false}>
        {runTitle(row)}
      </Link>
      <RunStatus status={row.status} stopping={row.stopping} />
      <span>{familyTitle(row.family, cards)}</span>
      <span className={css.facts}>
        {row.priority !== 0 && <span>priority {row.priority}</span>}
        {row.worker && row.status === "running" && <span className="mono">{row.worker}</span>}
        {ended && (
          <span>
            {ago(row.ended ?? 0, Date.now())}
            {row.started !== null && ` · ${tookWords(row, Date.now())}`}
          </span>
        )}
        <span className={row.failure ? undefined : "mono"}>{standsWords(row)}</span>
      </span>
    </span>
  );
}

function Progress({ row }: { row: RunRow }) {
  const { row: now = row } = useRunLive(row.id);
  return (
    <div className={css.wide}>
      <ProgressBar label={`Progress of ${runTitle(row)}`} progress={now.progress} />
    </div>
  );
}
