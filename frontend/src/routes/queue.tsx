import { Button, SegmentedControl } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { liveKeys, useTrouble } from "../api/live";
import { families, pauseQueue, queue } from "../api/runs";
import type { FamilyCard, QueueState } from "../api/types";
import { Empty, TroublePage } from "../components/States";
import { formatCount } from "../lib/format";
import { FamilyCards } from "./-runs/FamilyCards";
import { Planned } from "./-runs/Planned";
import { QUEUE_DEFAULTS, queueSearch, type RunsSearch } from "./-runs/params";
import list from "./-runs/Queue.module.css";
import { QueueRow } from "./-runs/QueueRow";
import css from "./-runs/Runs.module.css";
import { useCommands } from "./-shell/commands";
import { complain } from "./-shell/complain";
import { counted } from "./-shell/words";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/queue")({
  validateSearch: queueSearch,
  search: { middlewares: [stripSearchParams(QUEUE_DEFAULTS)] },
  component: QueuePage,
});

/** Who works on what, what comes next, and what has ended. */
function QueuePage() {
  useDocumentTitle("Queue · Microscope");
  useUnread(queueSearch);
  const { data, error, refetch } = useQuery(queue);
  const { data: cards } = useQuery(families);
  const trouble = useTrouble(data ? null : error);
  if (trouble) return <TroublePage trouble={trouble} retry={refetch} />;
  if (!data)
    return (
      <div className={css.scrolls} aria-busy>
        <div className={css.skeleton} />
      </div>
    );
  return <Ready now={data} cards={cards} />;
}

function Ready({ now, cards }: { now: QueueState; cards: readonly FamilyCard[] | undefined }) {
  const { state } = Route.useSearch();
  const navigate = Route.useNavigate();
  const client = useQueryClient();
  const pause = useMutation({
    mutationFn: pauseQueue,
    onError: complain,
    onSuccess: (next) => client.setQueryData<QueueState>(liveKeys.queue, next),
  });
  const turn = () => pause.mutate(!now.paused);
  useCommands([{ label: now.paused ? "Resume the queue" : "Pause the queue", act: turn }]);
  const { totals } = now;
  const shows = (one: keyof QueueState["totals"]) => state === "all" || state === one;
  const idle = Object.values(totals).every((total) => total === 0);
  return (
    <div className={css.scrolls}>
      <header className={css.head}>
        <h1>Queue</h1>
        <span className="mute" role="status">
          {now.paused ? "paused: nothing planned begins" : counted(now.workers.length, "worker")}
          {!now.paused && now.workers.length > 0 && `: ${now.workers.join(", ")}`}
        </span>
        <span className={css.spacer} />
        <SegmentedControl
          aria-label="Which runs"
          value={state}
          onChange={(value) => navigate({ search: { state: queueSearch.shape.state.parse(value) } })}
          data={[
            { value: "all", label: "all" },
            ...Object.entries(totals).map(([value, total]) => ({ value, label: `${value} ${formatCount(total)}` })),
          ]}
        />
        <Button
          variant={now.paused ? "filled" : "default"}
          loading={pause.isPending}
          leftSection={now.paused ? <Play size={13} /> : <Pause size={13} />}
          title={now.paused ? "Workers claim planned runs again" : "Workers finish what they do and claim nothing new"}
          onClick={turn}
        >
          {now.paused ? "Resume the queue" : "Pause the queue"}
        </Button>
      </header>
      {idle ? (
        <>
          <Empty title="Nothing is queued" low>
            Start a run with one of these, or go to <Link to="/runs">all runs</Link>: it stands here until it has ended.
          </Empty>
          <FamilyCards cards={cards ?? []} />
        </>
      ) : (
        <>
          {shows("running") && (
            <Section
              title="Running"
              none="Nobody works on a run now."
              more={<More count={totals.running - now.running.length} search={{ status: "running" }} />}
            >
              {now.running.map((row) => (
                <QueueRow key={row.id} row={row} cards={cards} live />
              ))}
            </Section>
          )}
          {shows("planned") && (
            <section className={list.section}>
              <h2 className="label">Planned</h2>
              {now.planned.length > 0 ? (
                <>
                  <Planned rows={now.planned} cards={cards} />
                  <More count={totals.planned - now.planned.length} search={{ status: "planned" }} />
                </>
              ) : (
                <p className="mute">
                  Nothing waits. <Link to="/runs">New run</Link>
                </p>
              )}
            </section>
          )}
          {shows("held") && (now.held.length > 0 || state === "held") && (
            <Section
              title="Held"
              none="Nothing is paused."
              more={<More count={totals.held - now.held.length} search={{ status: "paused" }} />}
            >
              {now.held.map((row) => (
                <QueueRow key={row.id} row={row} cards={cards} />
              ))}
            </Section>
          )}
          {shows("ended") && (now.ended.length > 0 || state === "ended") && (
            <Section
              title="Ended, the last first"
              none="Nothing has ended yet."
              more={<More count={totals.ended - now.ended.length} search={{ sort: "ended" }} />}
            >
              {now.ended.map((row) => (
                <QueueRow key={row.id} row={row} cards={cards} />
              ))}
            </Section>
          )}
        </>
      )}
    </div>
  );
}

interface SectionProps {
  title: string;
  /** Said where there is no row. */
  none: string;
  /** Below the rows. */
  more: React.ReactNode;
  children: React.ReactNode[];
}

function Section({ title, none, more, children }: SectionProps) {
  return (
    <section className={list.section}>
      <h2 className="label">{title}</h2>
      {children.length > 0 ? <ul className={list.queue}>{children}</ul> : <p className="mute">{none}</p>}
      {more}
    </section>
  );
}

/** Runs that are not shown here are in the list of all runs; nothing where there are none. */
function More({ count, search }: { count: number; search: Pick<Partial<RunsSearch>, "status" | "sort"> }) {
  if (count <= 0) return null;
  return (
    <p className="mute">
      <Link to="/runs" search={search}>
        and {formatCount(count)} more
      </Link>
    </p>
  );
}
