import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { socket, useConnection } from "../../api/live";
import { modelInfo, status } from "../../api/queries";
import { useRunLive } from "../../api/runLive";
import { queue } from "../../api/runs";
import type { Connection } from "../../api/socket";
import type { RunRow } from "../../api/types";
import { formatBytes, formatCount } from "../../lib/format";
import { formatDuration } from "../../lib/progress";
import classes from "./Shell.module.css";
import { counted, owner } from "./words";

const WORDS: Record<Connection["state"], string> = {
  connecting: "connecting",
  open: "connected",
  waiting: "reconnecting",
  refused: "refused",
};

export function ConnectionDot() {
  const connection = useConnection();
  return <span className={classes.dot} data-state={connection.state} role="img" aria-label={WORDS[connection.state]} />;
}

function ConnectionState() {
  const connection = useConnection();
  const says = "says" in connection ? connection.says : "One socket carries everything that is live.";
  return (
    <Tooltip label={says}>
      <button type="button" onClick={() => socket.retryNow()}>
        <span className={classes.dot} data-state={connection.state} aria-hidden style={{ margin: 0 }} />
        {WORDS[connection.state]}
      </button>
    </Tooltip>
  );
}

/** The run that is worked on and how many wait; nothing while nobody runs anything. */
function JobChip() {
  const { data } = useQuery(queue);
  const first = data?.running[0];
  const waiting = data?.totals.planned ?? 0;
  if (!data || (!first && waiting === 0)) return null;
  return (
    <>
      {first && (
        <Link to="/runs/$run" params={{ run: first.id }} className={classes.job}>
          <JobProgress row={first} />
          {data.totals.running > 1 && ` and ${formatCount(data.totals.running - 1)} more`}
        </Link>
      )}
      <Link to="/queue" className={classes.job}>
        {formatCount(waiting)} queued{data.paused && ", queue paused"}
      </Link>
    </>
  );
}

/** Of a run: its name, how far it is, how long yet. */
export function JobProgress({ row }: { row: RunRow }) {
  const { row: now = row } = useRunLive(row.id);
  const { progress } = now;
  const share = progress?.of ? ` ${Math.floor((100 * progress.done) / progress.of)} %` : "";
  const left = progress?.left_s == null ? "" : ` · ${formatDuration(progress.left_s)} left`;
  return (
    <span title={row.id}>
      ▸ {row.name || row.family}
      <span className="mono">
        {share}
        {left}
      </span>
    </span>
  );
}

/** Connection, model, streams and memory: what the machine is doing now. */
export function StatusBar() {
  const { data: info } = useQuery(modelInfo);
  const { data: now } = useQuery(status);
  return (
    <footer className={classes.status}>
      <ConnectionState />
      {info ? (
        <span className="mono">
          {info.slug} · {info.dtype} · {info.device}
        </span>
      ) : (
        <span>no model</span>
      )}
      {now && (
        <>
          <span className="mono">
            {now.streams} streaming · {now.waiting} waiting
          </span>
          <Tooltip
            label={`In use on the ${owner(now.device)} by all programs, of all it has; what runs and SAEs take is counted here alone`}
          >
            <span className="mono">
              {owner(now.device)} memory {formatBytes(now.memory_used_bytes)} / {formatBytes(now.memory_total_bytes)}
            </span>
          </Tooltip>
          <Tooltip label="The weights of the models in memory">
            <span className="mono">models {formatBytes(now.models_bytes)}</span>
          </Tooltip>
          <Tooltip label="What conversations and traces keep for reading, of its budget; the oldest are let go and computed again">
            <span className="mono">
              states {formatBytes(now.states_bytes)} / {formatBytes(now.state_budget_bytes)}
            </span>
          </Tooltip>
          <Tooltip label="Forward passes and positions that the device has computed since the server's start. A click on a token adds none.">
            <span className="mono">
              {counted(now.forwards, "forward")} · {counted(now.positions_computed, "position")}
            </span>
          </Tooltip>
        </>
      )}
      <span className={classes.grow} />
      <JobChip />
      <Link to="/help" style={{ color: "inherit", textDecoration: "none" }}>
        <kbd>?</kbd> shortcuts
      </Link>
    </footer>
  );
}
