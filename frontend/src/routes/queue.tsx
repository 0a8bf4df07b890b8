import { Button, SegmentedControl } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { liveKeys, useTrouble } from "../api/live";
import { families, pauseQueue, queue } from "../api/runs";
import type { FamilyCard, QueueState } from "../api/types";
import { Empty, TroublePage } from "../components/States";
import { FamilyCards } from "./-runs/FamilyCards";
import { Planned } from "./-runs/Planned";
import { QUEUE_DEFAULTS, queueSearch } from "./-runs/params";
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
  const counts = { running: now.running, planned: now.planned, held: now.held, ended: now.ended };
  const shows = (one: keyof typeof counts) => state === "all" || state === one;
  const idle = Object.values(counts).every((rows) => rows.length === 0);
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
            ...Object.entries(counts).map(([value, rows]) => ({ value, label: `${value} ${rows.length}` })),
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
            <Section title="Running" none="Nobody works on a run now.">
              {now.running.map((row) => (
                <QueueRow key={row.id} row={row} cards={cards} live />
              ))}
            </Section>
          )}
          {shows("planned") && (
            <section className={list.section}>
              <h2 className="label">Planned</h2>
              {now.planned.length > 0 ? (
                <Planned rows={now.planned} cards={cards} />
              ) : (
                <p className="mute">
                  Nothing waits. <Link to="/runs">New run</Link>
                </p>
              )}
            </section>
          )}
          {shows("held") && (now.held.length > 0 || state === "held") && (
            <Section title="Held" none="Nothing is paused.">
              {now.held.map((row) => (
                <QueueRow key={row.id} row={row} cards={cards} />
              ))}
            </Section>
          )}
          {shows("ended") && (now.ended.length > 0 || state === "ended") && (
            <Section title="Ended, the last twenty" none="Nothing has ended yet.">
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

function Section({ title, none, children }: { title: string; none: string; children: React.ReactNode[] }) {
  return (
    <section className={list.section}>
      <h2 className="label">{title}</h2>
      {children.length > 0 ? <ul className={list.queue}>{children}</ul> : <p className="mute">{none}</p>}
    </section>
  );
}
