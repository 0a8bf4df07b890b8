import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useRunLive } from "../../api/runLive";
import type { FamilyCard, RunRow } from "../../api/types";
import { ProgressBar } from "../../components/ProgressBar";
import { RunStatus } from "../../components/RunStatus";
import { ago } from "../-shell/words";
import { RunActions } from "./actions";
import css from "./Runs.module.css";
import { familyTitle, headlineWords, lastedWords, runTitle } from "./words";

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
      <RunActions row={row} small />
      {live && <Progress row={row} />}
    </li>
  );
}

export function About({
  row,
  cards,
  children,
}: {
  row: RunRow;
  cards: readonly FamilyCard[] | undefined;
  children?: ReactNode;
}) {
  return (
    <span className={css.about}>
      <Link to="/runs/$run" params={{ run: row.id }} className={css.link} draggable={false}>
        {runTitle(row)}
      </Link>
      <RunStatus status={row.status} stopping={row.stopping} />
      <span>{familyTitle(row.family, cards)}</span>
      {row.priority !== 0 && <span>priority {row.priority}</span>}
      {row.worker && row.status === "running" && <span className="mono">{row.worker}</span>}
      {row.ended !== null && row.status !== "running" && row.status !== "planned" && (
        <span>
          {ago(row.ended, Date.now())} · took {lastedWords(row, Date.now())}
        </span>
      )}
      <span className="mono">{row.failure?.error ?? headlineWords(row.headline)}</span>
      {children}
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
