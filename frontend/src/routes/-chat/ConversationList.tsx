import { ActionIcon, Button, Menu, ScrollArea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Columns2, Ellipsis, GitBranch, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useStream, useTrouble } from "../../api/live";
import { conversations } from "../../api/queries";
import type { ConversationRow } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { useLetters } from "../-shell/shortcuts";
import { ago, titled } from "../-shell/words";
import { useConversationActions } from "./actions";
import classes from "./Chat.module.css";

function Rename({ row, done }: { row: ConversationRow; done: () => void }) {
  const { rename } = useConversationActions();
  const [title, setTitle] = useState(row.title);
  const commit = () => {
    done();
    if (title.trim() && title !== row.title) rename(row.id, title.trim());
  };
  return (
    <form
      className={classes.rename}
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <TextInput
        aria-label="Title"
        value={title}
        maxLength={200}
        data-autofocus
        ref={(input) => input?.focus()}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Escape" && done()}
      />
    </form>
  );
}

interface RowProps {
  row: ConversationRow;
  current: string | undefined;
  onChosen?: () => void;
}

function RowMenu({ row, current, rename }: RowProps & { rename: () => void }) {
  const { remove } = useConversationActions();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          className={classes.more}
          variant="subtle"
          color="gray"
          size={22}
          aria-label={`Actions for ${titled(row.title)}`}
        >
          <Ellipsis size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Pencil size={13} />} onClick={rename}>
          Rename
        </Menu.Item>
        {current !== undefined && current !== row.id && (
          <Menu.Item
            leftSection={<Columns2 size={13} />}
            onClick={() =>
              navigate({
                to: "/chat/$conversation",
                params: { conversation: current },
                search: (now) => ({ ...now, vs: row.id }),
              })
            }
          >
            Compare with this
          </Menu.Item>
        )}
        <Menu.Item
          color="red"
          leftSection={<Trash2 size={13} />}
          onClick={() => remove(row.id, row.title, row.id === current)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Of the open conversation as it grows: the list hears of a turn's beginning and end. */
function TokenCount({ row, open }: { row: ConversationRow; open: boolean }) {
  const { view } = useStream(open ? row.id : undefined);
  return ` · ${view.conversation ? view.ids.length : row.n_tokens} tok`;
}

function Row({ row, current, onChosen }: RowProps) {
  const [renaming, setRenaming] = useState(false);
  if (renaming) return <Rename row={row} done={() => setRenaming(false)} />;
  return (
    <li className={classes.row} data-current={row.id === current || undefined}>
      <Link
        to="/chat/$conversation"
        params={{ conversation: row.id }}
        search={(now) => ({ ...now, token: undefined, pins: [], span: undefined, vs: undefined, text: undefined })}
        className={classes.rowLink}
        aria-current={row.id === current ? "page" : undefined}
        onClick={onChosen}
        onDoubleClick={() => setRenaming(true)}
      >
        <span className={classes.rowTitle} title={row.title}>
          {row.parent && <GitBranch size={11} aria-label="branch" className={classes.branchMark} />}
          {titled(row.title)}
        </span>
        <span className={classes.rowFacts}>
          {row.generating ? <span className={classes.live}>writing…</span> : ago(row.updated, Date.now())}
          {(row.id === current || !row.generating) && <TokenCount row={row} open={row.id === current} />}
          {row.patched && " · patched"}
        </span>
      </Link>
      <RowMenu row={row} current={current} rename={() => setRenaming(true)} />
    </li>
  );
}

interface ListProps {
  current: string | undefined;
  /** Called when a conversation, or a new one, was chosen. */
  onChosen?: () => void;
}

/** All conversations, the latest first; each can be renamed, compared and deleted. */
export function ConversationList({ current, onChosen }: ListProps) {
  const { data, error, refetch } = useQuery(conversations());
  const trouble = useTrouble(error);
  const [filter, setFilter] = useState("");
  const navigate = useNavigate();
  const items = data?.items ?? [];
  const shown = items.filter((row) => row.title.toLowerCase().includes(filter.trim().toLowerCase()));
  const walk = (by: number) => {
    const next = items[items.findIndex((row) => row.id === current) + by];
    if (next) navigate({ to: "/chat/$conversation", params: { conversation: next.id }, search: true });
  };
  useLetters([
    ["n", () => navigate({ to: "/chat", search: true })],
    ["[", () => walk(-1)],
    ["]", () => walk(1)],
  ]);
  return (
    <aside className={classes.list} aria-label="Conversations">
      <div className={classes.listHead}>
        <Button
          component={Link}
          to="/chat"
          search={true}
          onClick={onChosen}
          leftSection={<Plus size={14} />}
          variant="default"
          fullWidth
          justify="start"
        >
          New conversation
        </Button>
        {items.length > 6 && (
          <TextInput
            placeholder="Filter"
            aria-label="Filter conversations"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        )}
      </div>
      <ScrollArea className={classes.listScroll} type="hover" scrollbarSize={6} viewportProps={{ tabIndex: 0 }}>
        {trouble && <TroubleNote trouble={trouble} retry={refetch} />}
        {data && items.length === 0 && <p className={classes.listEmpty}>What you write is kept here.</p>}
        <ul className={classes.rows}>
          {shown.map((row) => (
            <Row key={row.id} row={row} current={current} onChosen={onChosen} />
          ))}
        </ul>
      </ScrollArea>
    </aside>
  );
}
