import { ArrowDown, ArrowUp, GripVertical } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import type { FamilyCard, RunRow } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { RunActions, useRunChange } from "./actions";
import { precede } from "./order";
import css from "./Queue.module.css";
import { About } from "./QueueRow";
import { runTitle } from "./words";

/** Runs that wait, in the order in which they will be claimed: moved by dragging, by buttons, or by Alt with an arrow. */
export function Planned({ rows, cards }: { rows: readonly RunRow[]; cards: readonly FamilyCard[] | undefined }) {
  const change = useRunChange();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const move = (from: number, to: number) => {
    const asked = precede(rows, from, to);
    if (asked) change.mutate({ id: asked.move, before: asked.before });
  };
  const pressed = (index: number) => (event: KeyboardEvent<HTMLLIElement>) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) move(index, index + by);
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
          data-over={over === index && dragged !== null && precede(rows, dragged, index) !== undefined}
          onKeyDown={pressed(index)}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = "move";
            setDragged(index);
          }}
          onDragOver={(event) => {
            if (dragged === null || precede(rows, dragged, index) === undefined) return;
            event.preventDefault();
            setOver(index);
          }}
          onDrop={() => dragged !== null && move(dragged, index)}
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
              disabled={change.isPending || precede(rows, index, index - 1) === undefined}
              onClick={() => move(index, index - 1)}
            >
              <ArrowUp size={13} />
            </ToolButton>
            <ToolButton
              label={`Move ${runTitle(row)} down`}
              disabled={change.isPending || precede(rows, index, index + 1) === undefined}
              onClick={() => move(index, index + 1)}
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
