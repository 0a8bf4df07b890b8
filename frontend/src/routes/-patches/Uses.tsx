/** Where a patch or a set is used on this server: counted as it stands now. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTrouble } from "../../api/live";
import { USES_MAX, USES_SHOWN, usesOf } from "../../api/patchLibrary";
import type { PatchUses } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { formatCount, withUnit } from "../../lib/format";
import type { Vocab } from "../../lib/tokens";
import { Part } from "../-features/Parts";
import { titled } from "../-shell/words";
import { titleOf } from "../-view/text";
import classes from "./Patches.module.css";
import { membersText } from "./SetTable";

interface Props {
  what: "patch" | "set";
  hash: string;
  /** Of its model; undefined where that is not in memory: then traces are named by their hash. */
  vocab: Vocab | undefined;
}

interface ListProps {
  name: string;
  count: number;
  children: readonly ReactNode[];
}

function List({ name, count, children }: ListProps) {
  if (count === 0) return null;
  return (
    <>
      <h3 className="label">{withUnit(formatCount(count), name)}</h3>
      <ul className={classes.uses}>{children}</ul>
    </>
  );
}

export function Uses({ what, hash, vocab }: Props) {
  const [all, setAll] = useState(false);
  const found = useQuery(usesOf(what, hash, all ? USES_MAX : USES_SHOWN));
  const trouble = useTrouble(found.error);
  return (
    <Part title="Used in">
      {trouble && <TroubleNote trouble={trouble} />}
      {found.data && <Found uses={found.data} vocab={vocab} />}
      {found.data && more(found.data) && !all && (
        <Button variant="default" size="compact-xs" onClick={() => setAll(true)}>
          Show all
        </Button>
      )}
    </Part>
  );
}

const more = ({ conversations, n_conversations, traces, n_traces, sets, n_sets, runs, n_runs }: PatchUses): boolean =>
  conversations.length < n_conversations || traces.length < n_traces || sets.length < n_sets || runs.length < n_runs;

function Found({ uses, vocab }: { uses: PatchUses; vocab: Vocab | undefined }) {
  const { conversations, n_conversations, traces, n_traces, sets, n_sets, runs, n_runs } = uses;
  if (n_conversations + n_traces + n_sets + n_runs === 0)
    return <p className={classes.none}>In no conversation, text, set or run on this server yet.</p>;
  return (
    <>
      <List name="conversation" count={n_conversations}>
        {conversations.map(({ id, title, turns, set }) => (
          <li key={id}>
            <Link to="/chat/$conversation" params={{ conversation: id }} search={{ patches: set }}>
              <bdi>{titled(title)}</bdi>
            </Link>{" "}
            <span className="mute">{withUnit(formatCount(turns), "turn")}</span>
          </li>
        ))}
      </List>
      <List name="text" count={n_traces}>
        {traces.map(({ hash, begins, n_tokens }) => (
          <li key={hash}>
            <Link to="/lens/$trace" params={{ trace: hash }}>
              <bdi>{vocab ? titleOf(begins, vocab, n_tokens > begins.length) : hash}</bdi>
            </Link>
          </li>
        ))}
      </List>
      <List name="run" count={n_runs}>
        {runs.map(({ id, family, name, status }) => (
          <li key={id}>
            <Link to="/runs/$run" params={{ run: id }}>
              <bdi>{name || id}</bdi>
            </Link>{" "}
            <span className="mute">
              {name && `${family} `}
              {status}
            </span>
          </li>
        ))}
      </List>
      <List name="set" count={n_sets}>
        {sets.map((row) => (
          <li key={row.hash}>
            <Link to="/patches/sets/$hash" params={{ hash: row.hash }}>
              <bdi>{row.name || membersText(row)}</bdi>
            </Link>
          </li>
        ))}
      </List>
    </>
  );
}
