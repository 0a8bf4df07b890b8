import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { socket, useConnection } from "../../api/live";
import { modelInfo, status } from "../../api/queries";
import type { Connection } from "../../api/socket";
import classes from "./Shell.module.css";
import { counted, gigabytes } from "./words";

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
            label={`Models ${gigabytes(now.models_bytes)}, conversations' states ${gigabytes(now.states_bytes)} of ${gigabytes(now.state_budget_bytes)}`}
          >
            <span className="mono">
              memory {gigabytes(now.memory_used_bytes)} / {gigabytes(now.memory_total_bytes)}
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
      <Link to="/help" style={{ color: "inherit", textDecoration: "none" }}>
        <kbd>?</kbd> shortcuts
      </Link>
    </footer>
  );
}
