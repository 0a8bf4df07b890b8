/** The columns of the list of runs. */
import { Link } from "@tanstack/react-router";
import { useRunLive } from "../../api/runLive";
import type { FamilyCard, RunRow } from "../../api/types";
import type { Column } from "../../components/DataTable";
import { ProgressBar } from "../../components/ProgressBar";
import { RunStatus } from "../../components/RunStatus";
import { ago } from "../-shell/words";
import css from "./Runs.module.css";
import { familyTitle, lasted, lastedWords, moment, runTitle, standsWords } from "./words";

const shareOf = ({ progress }: RunRow): number | null =>
  progress?.of ? Math.round((1000 * progress.done) / progress.of) / 1000 : null;

export const COLUMN_KEYS = ["name", "status", "family", "headline", "progress", "created", "lasted", "tags"] as const;
/** What a phone shows: the first ones at once, the others on the right. */
export const PHONE_COLUMNS = ["name", "status", "created", "headline", "progress"];
/** Shown unless the reader chooses others. */
export const USUAL_COLUMNS: readonly string[] = COLUMN_KEYS;

const hasResult = ({ headline }: RunRow): boolean => Object.keys(headline).length > 0;

const Bar = ({ row }: { row: RunRow }) => (
  <ProgressBar
    bare
    label={`Progress of ${runTitle(row)}`}
    progress={row.progress}
    state={row.status === "paused" ? "held" : "running"}
  />
);

/** Of an id the end tells it from others: `1013-a5cd71` of `train-sae-20261122-1013-a5cd71`. */
const TAIL = 11;

/** What has no room is left out before the part that differs. */
const Id = ({ id }: { id: string }) => (
  <span className={css.id}>
    <span>{id.slice(0, -TAIL)}</span>
    <span>{id.slice(-TAIL)}</span>
  </span>
);

/** What people call it, else its id. */
export const Name = ({ row: { name, id } }: { row: RunRow }) => name || <Id id={id} />;

function LiveBar({ row }: { row: RunRow }) {
  const { row: now = row } = useRunLive(row.id);
  return <Bar row={now} />;
}

/**
 * Args:
 *   now_ms: what "3 min ago" counts from.
 */
export function columnsOf(cards: readonly FamilyCard[] | undefined, now_ms: number): readonly Column<RunRow>[] {
  return [
    {
      key: "name",
      title: "Run",
      width: 120,
      grow: 3,
      sorts: true,
      text: runTitle,
      cell: (row) => (
        <Link
          to="/runs/$run"
          params={{ run: row.id }}
          className={css.link}
          tabIndex={-1}
          title={row.id}
          aria-label={runTitle(row)}
        >
          <Name row={row} />
        </Link>
      ),
    },
    {
      key: "status",
      title: "Status",
      width: 104,
      sorts: true,
      text: ({ status }) => status,
      cell: ({ status, stopping }) => <RunStatus status={status} stopping={stopping} />,
    },
    {
      key: "family",
      title: "Family",
      width: 130,
      grow: 2,
      sorts: true,
      text: ({ family }) => family,
      cell: ({ family }) => <span title={family}>{familyTitle(family, cards)}</span>,
    },
    {
      key: "headline",
      title: "Result",
      width: 180,
      grow: 4,
      says: "The metrics that tell a result at a glance; until there is one, what differs from the defaults",
      text: standsWords,
      cell: (row) => (
        <span className={row.failure ? undefined : hasResult(row) ? "mono" : "mono mute"} title={standsWords(row)}>
          {standsWords(row)}
        </span>
      ),
    },
    {
      key: "progress",
      title: "Progress",
      width: 90,
      says: "Of the work; the run's page has rate and time left",
      text: shareOf,
      cell: (row) =>
        row.status === "running" || row.status === "paused" ? (
          <div style={{ flex: 1 }}>{row.status === "running" ? <LiveBar row={row} /> : <Bar row={row} />}</div>
        ) : null,
    },
    {
      key: "created",
      title: "Made",
      width: 96,
      sorts: true,
      number: true,
      text: ({ created }) => moment(created),
      cell: ({ created }) => <span title={moment(created)}>{ago(created, now_ms)}</span>,
    },
    {
      key: "lasted",
      title: "Took",
      width: 96,
      number: true,
      says: "Its work, all attempts together; while it runs the last one, until now",
      text: (row) => lasted(row, now_ms) ?? null,
      cell: (row) => lastedWords(row, now_ms),
    },
    {
      key: "tags",
      title: "Tags",
      width: 110,
      grow: 1,
      text: ({ tags }) => tags.join(", "),
      cell: ({ tags }) => (
        <span>
          {tags.map((tag) => (
            <span key={tag} className={css.tag}>
              {tag}
            </span>
          ))}
        </span>
      ),
    },
    { key: "priority", title: "Priority", width: 74, number: true, sorts: true, text: ({ priority }) => priority },
    {
      key: "evidence",
      title: "Evidence",
      width: 140,
      says: "What its result may claim",
      text: ({ evidence }) => evidence,
    },
    { key: "id", title: "Id", width: 230, sorts: true, text: ({ id }) => id },
    { key: "worker", title: "Worker", width: 130, text: ({ worker }) => worker },
  ];
}
