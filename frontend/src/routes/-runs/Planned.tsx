import { notifications } from "@mantine/notifications";
import { ArrowDown, ArrowUp, GripVertical } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import type { FamilyCard, RunRow } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { RunActions, useRunChange } from "./actions";
import { movesTo } from "./order";
import css from "./Queue.module.css";
import { About } from "./QueueRow";
import { runTitle } from "./words";

/** Runs that wait, in the order in which they will be claimed: moved by dragging, by buttons, or by Alt with an arrow. */
export function Planned({ rows, cards }: { rows: readonly RunRow[]; cards: readonly FamilyCard[] | undefined }) {
  const change = useRunChange();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const move = async (from: number, to: number) => {
    for (const { move: id, before } of movesTo(rows, from, to)) await change.mutateAsync({ id, before });
  };
  const drop = (from: number, to: number) => {
    const [own, there] = [rows[from], rows[to]];
    if (own && there && own.priority !== there.priority)
      notifications.show({
        title: `${runTitle(own)} stays among the runs of its priority, ${own.priority}.`,
        message: `Higher priorities go first: give it ${there.priority} on its page to move it there.`,
      });
    // What is refused has been told.
    else move(from, to).catch(() => undefined);
  };
  const pressed = (index: number) => (event: KeyboardEvent<HTMLLIElement>) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) drop(index, index + by);
    const next = list.current?.children[index + by];
    if (next instanceof HTMLElement) next.focus();
  };
  return (
    <ol className={css.queue} ref={list} aria-label="Planned runs. Alt with an arrow key moves one.">
      {rows.map((row, index) => (
        <li
          key={row.id}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the run.
          tabIndex={0}
          draggable
          data-over={over === index && dragged !== null && movesTo(rows, dragged, index).length > 0}
          onKeyDown={pressed(index)}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = "move";
            setDragged(index);
          }}
          onDragOver={(event) => {
            if (dragged === null) return;
            event.preventDefault();
            setOver(index);
          }}
          onDrop={() => dragged !== null && drop(dragged, index)}
          onDragEnd={() => {
            setDragged(null);
            setOver(null);
          }}
        >
          <span className={css.place}>
            <GripVertical size={12} aria-hidden /> {row.place ?? index + 1}
          </span>
          <About row={row} cards={cards} />
          <span className={css.actions}>
            <ToolButton
              label={`Move ${runTitle(row)} up`}
              disabled={change.isPending || movesTo(rows, index, index - 1).length === 0}
              onClick={() => drop(index, index - 1)}
            >
              <ArrowUp size={13} />
            </ToolButton>
            <ToolButton
              label={`Move ${runTitle(row)} down`}
              disabled={change.isPending || movesTo(rows, index, index + 1).length === 0}
              onClick={() => drop(index, index + 1)}
            >
              <ArrowDown size={13} />
            </ToolButton>
            <RunActions row={row} small />
          </span>
        </li>
      ))}
    </ol>
  );
}
