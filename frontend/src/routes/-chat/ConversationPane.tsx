/** One conversation: its head, its tokens, and what its turns allow. */
import { ActionIcon, Button, Modal, Stack, Textarea, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { GitBranch, Pencil, Play, RefreshCw, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useStream } from "../../api/live";
import type { StreamView } from "../../api/stream";
import type { Turn } from "../../api/types";
import { Empty } from "../../components/States";
import { setsOf, switchesOf } from "../../lib/patchRail";
import type { Block } from "../../lib/strip";
import { useInForce } from "../-patch-rail/usePatchRail";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { titled } from "../-shell/words";
import type { Material } from "../-view/material";
import type { Change, View } from "../-view/params";
import { TextStrip } from "../-view/TextStrip";
import { textOf } from "../-view/text";
import { ActedAt, useActed } from "./Acted";
import { type ChatSearch, goOn, samplingOf, useConversationActions } from "./actions";
import classes from "./Chat.module.css";
import { ListButton } from "./ListButton";
import { TurnPatches, useSaidUnder } from "./TurnPatches";

const ENDS: Record<NonNullable<Turn["reason"]>, string> = {
  end: "",
  length: "reached the most new tokens",
  stopped: "stopped",
  context: "the model's context is full",
  failed: "failed",
  interrupted: "interrupted: the server ended",
};

interface Props {
  id: string;
  material: Material;
  /** Turn by turn. */
  stream: StreamView;
  view: View;
  change: Change;
  search: ChatSearch;
  onOpen?: (position: number) => void;
  /** Shown at the right of the head. */
  actions?: ReactNode;
  /** Set on the pane that is compared with: closes it. */
  onClose?: () => void;
}

function Head({ material, stream, actions, onClose, id }: Omit<Props, "change" | "search" | "view">) {
  const parent = stream.conversation?.parent;
  return (
    <header className={classes.head}>
      {!onClose && <ListButton />}
      <h1 className={classes.title} title={material.title}>
        {onClose ? (
          <Link to="/chat/$conversation" params={{ conversation: id }} className={classes.titleLink}>
            {titled(material.title)}
          </Link>
        ) : (
          titled(material.title)
        )}
      </h1>
      {parent && (
        <Tooltip label={`Shares everything before position ${parent.position}: open where it left`}>
          <Link
            to="/chat/$conversation"
            params={{ conversation: parent.conversation }}
            search={{ token: parent.position }}
            className={classes.parent}
          >
            <GitBranch size={11} aria-hidden /> branch at {parent.position}
          </Link>
        </Tooltip>
      )}
      <span className={classes.grow} />
      {actions}
      {onClose && (
        <ActionIcon variant="subtle" color="gray" aria-label="Stop comparing" onClick={onClose}>
          <X size={15} />
        </ActionIcon>
      )}
    </header>
  );
}

function EditTurn({ text, submit, close }: { text: string; submit: (text: string) => void; close: () => void }) {
  const [draft, setDraft] = useState(text);
  return (
    <Modal opened onClose={close} title="Edit and run again" size="lg">
      <Stack gap={12}>
        <Textarea
          data-autofocus
          autosize
          minRows={3}
          maxRows={16}
          aria-label="New text of the turn"
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <span className="mute">
          A new conversation begins here with the new text; this one stays as it is. What comes before is not computed
          again.
        </span>
        <Button ml="auto" disabled={!draft.trim()} onClick={() => submit(draft)}>
          Run
        </Button>
      </Stack>
    </Modal>
  );
}

function Speed({ id }: { id: string }) {
  const { tokens_per_s } = useStream(id).view;
  return tokens_per_s === undefined ? null : <span className="mono">{tokens_per_s.toFixed(1)} tok/s</span>;
}

/** The generated turn or typed turn that a block of the strip shows. */
const turnOf = (turns: readonly Turn[], { start, end }: Block): Turn | undefined =>
  turns.find((turn) => turn.role !== "template" && turn.start < end && turn.end > start);

export function ConversationPane(props: Props) {
  const { id, material, stream, view, change, search, onOpen, onClose } = props;
  const { branch } = useConversationActions();
  const [editing, setEditing] = useState<Turn>();
  const sampling = samplingOf(search);
  const inForce = useInForce();
  const words = useSaidUnder(setsOf(stream.turns));
  const notes = new Map(
    switchesOf(stream.turns).map(({ position, set }) => {
      const { short, full } = words(set);
      return [position, { short: `⇄ ${short}`, words: `⇄ ${full}` }];
    }),
  );
  const acted = useActed(id, material, stream.generating);
  const last = stream.turns.at(-1);
  const unfinished = last?.reason === "length" || last?.reason === "stopped" || last?.reason === "interrupted";

  const regenerate = (turn: Turn) => {
    // Greedy decoding would write the same again, so another answer is drawn.
    const other = { temperature: search.temperature || 0.8, seed: search.seed + 1 };
    branch(id, { position: turn.start }, { ...sampling, ...other }, other);
  };
  const answer = stream.turns.findLast((turn) => turn.sampling);
  const idle = !stream.generating && !onClose;
  useCommands([
    ...(idle && answer ? [{ label: "Regenerate the last answer", act: () => regenerate(answer) }] : []),
    ...(idle && unfinished
      ? [{ label: "Continue the last turn", act: () => goOn(id, sampling, inForce).catch(complain) }]
      : []),
  ]);
  const aside = (block: Block) => {
    if (onClose) return null;
    const turn = turnOf(material.turns, block);
    if (!turn) return null;
    const text = turn.role === "user" || turn.role === "text";
    return (
      <>
        <div className={classes.chips}>
          <TurnPatches patches={turn.patches} words={words} />
          {turn.reason && <span>{ENDS[turn.reason]}</span>}
          {turn.recomputed > 0 && (
            <Tooltip label="Positions before this turn that had to be computed again because the template rewrote them">
              <span>{turn.recomputed} recomputed</span>
            </Tooltip>
          )}
        </div>
        {idle && turn.sampling && (
          <Tooltip label="Another answer, in a branch with another seed">
            <ActionIcon
              variant="subtle"
              color="gray"
              size={22}
              aria-label="Regenerate"
              onClick={() => regenerate(turn)}
            >
              <RefreshCw size={12} />
            </ActionIcon>
          </Tooltip>
        )}
        {idle && text && !turn.sampling && (
          <Tooltip label="Edit and run again, in a branch">
            <ActionIcon variant="subtle" color="gray" size={22} aria-label="Edit" onClick={() => setEditing(turn)}>
              <Pencil size={12} />
            </ActionIcon>
          </Tooltip>
        )}
      </>
    );
  };

  return (
    <div className={classes.pane}>
      <Head {...props} />
      <div className={classes.strip}>
        <div className={classes.stripInner}>
          {material.ids.length === 0 && !stream.generating ? (
            <Empty title="Nothing written yet">Type below; every token that comes can be clicked.</Empty>
          ) : (
            <TextStrip
              material={material}
              view={view}
              change={change}
              aside={aside}
              notes={notes}
              marks={acted.marks}
              onOpen={onOpen}
              plain={onClose !== undefined}
            />
          )}
          <ActedAt acted={acted} />
          <div className={classes.facts} aria-live="off">
            <Speed id={id} />
            {stream.cost && (
              <Tooltip label="Positions whose state was there already, and positions that the prompt cost">
                <span className="mono">
                  {stream.cost.reused} reused · {stream.cost.computed} computed
                </span>
              </Tooltip>
            )}
            {unfinished && !stream.generating && !onClose && (
              <Button
                variant="default"
                size="compact-xs"
                leftSection={<Play size={11} />}
                onClick={() => goOn(id, sampling, inForce).catch(complain)}
              >
                Continue
              </Button>
            )}
          </div>
        </div>
      </div>
      {editing && (
        <EditTurn
          text={textOf(material.ids.slice(editing.start, editing.end), material.vocab)}
          close={() => setEditing(undefined)}
          submit={(text) => {
            setEditing(undefined);
            const thinking = material.model.thinking ? search.think : null;
            branch(id, { position: editing.start, text, thinking }, sampling);
          }}
        />
      )}
    </div>
  );
}
