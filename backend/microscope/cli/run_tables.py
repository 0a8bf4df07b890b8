"""Runs and queues as tables in a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from microscope.cli.bar import figure
from microscope.cli.compared import compared
from microscope.errors import Invalid
from microscope.wire.run_queue import QueueState
from microscope.wire.runs import Run, RunRow

STYLES = {"running": "bold", "succeeded": "green", "failed": "red", "cancelled": "dim", "paused": "yellow"}
LEAST_RESULT = 24
"""Characters of a line that what came of a run needs: `loss_recovered 0.9123` stays whole."""

LONGEST_NAME = 24
"""Characters of a run's name that are shown."""

GAP = 2
"""Characters between two columns."""

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def show_runs(rows: Sequence[RunRow], total: int) -> None:
    console = Console()
    console.print(_table(rows, console.width))
    if total > len(rows):
        console.print(Text(f"{len(rows)} of {total:,}; more with --limit."))


def show_queue(state: QueueState) -> None:
    """What is at work first, then what comes next."""
    console = Console()
    workers = ", ".join(state.workers) or "none: microscope worker, or microscope ui"
    console.print(Text(f"{'Paused. ' if state.paused else ''}Workers: {workers}"), soft_wrap=True)
    rows = (*state.running, *state.planned, *state.held, *state.ended)
    console.print(_table(rows, console.width) if rows else Text("Nothing is planned."))
    if left_out := _left_out(state):
        console.print(Text(f"and {', '.join(left_out)}."), soft_wrap=True)


def show_run(run: Run) -> None:
    """Row, spec, result, files; why it failed is told at length, below how far it came."""
    console = Console()
    console.print(_table([run.row.model_copy(update={"failure": None})], console.width))
    if run.row.failure is not None:
        console.print(Text(f"{run.row.failure.error}\n{run.row.failure.next}", style="red"), soft_wrap=True)
    if (figures := compared(run.metrics)) is not None:
        console.print(figures)
    console.print(JSON.from_data({"spec": run.spec, "metrics": run.metrics}))
    for made in run.made:
        console.print(Text(f"{made.what}  {made.path}"), soft_wrap=True)
    gone = "  (somebody deleted it)" if run.directory_missing else ""
    console.print(Text(f"Files  {run.directory}{gone}"), soft_wrap=True)
    for artifact in run.artifacts:
        console.print(Text(f"  {artifact.bytes:>14,}  {artifact.path}"))


def _left_out(state: QueueState) -> list[str]:
    """How many runs of each list are not shown."""
    of = state.totals
    lists = (
        ("running", of.running - len(state.running)),
        ("planned", of.planned - len(state.planned)),
        ("paused", of.held - len(state.held)),
        ("ended", of.ended - len(state.ended)),
    )
    return [f"{count:,} more {name}" for name, count in lists if count > 0]


def day(text: str) -> float | None:
    """Unix time of the beginning of a day, UTC; None for an empty text.

    Raises:
        Invalid: no day.
    """
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError as wrong:
        raise Invalid(f"{text!r} is no day.", next="Write it as 2026-11-22.") from wrong


def day_after(text: str) -> float | None:
    """Unix time of the end of a day, UTC; None for an empty text.

    Raises:
        Invalid: no day.
    """
    begins = day(text)
    return None if begins is None else begins + 86_400


def ago(then: float, now: float) -> str:
    """Such as `3 min`; of a clock that went back, `0 s`."""
    spent = max(0.0, now - then)
    for unit, seconds in UNITS:
        if spent >= seconds:
            return f"{spent / seconds:.0f} {unit}"
    return f"{spent:.0f} s"


def _table(rows: Sequence[RunRow], width: int) -> Table:
    """What a terminal of this width has room for.

    Where it is narrow, names stand below the ids, and the age is left out: ids tell the day.
    """
    columns = _columns(rows)
    if _room(columns, width) < LEAST_RESULT and "Name" in columns:
        names = columns.pop("Name")
        columns["Run"] = [_below(id, name) for id, name in zip(columns["Run"], names, strict=True)]
    if _room(columns, width) < LEAST_RESULT:
        del columns["Made"]
    room = max(LEAST_RESULT, _room(columns, width))
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True, overflow="fold")
    table.add_column("Progress", overflow="fold")
    for number, row in enumerate(rows):
        table.add_row(*(column[number] for column in columns.values()), Text(_stands(row, room)))
    return table


def _columns(rows: Sequence[RunRow]) -> dict[str, list[Text]]:
    """All but the last one, which takes what room they leave; without those that are empty."""
    now = time.time()
    columns = {
        "Run": [Text(row.id) for row in rows],
        "Name": [_short(row.name) for row in rows],
        "Status": [_status(row) for row in rows],
        "Made": [Text(f"{ago(row.created, now)} ago") for row in rows],
    }
    return {name: column for name, column in columns.items() if any(column) or name != "Name"}


def _room(columns: Mapping[str, Sequence[Text]], width: int) -> int:
    """For one more column, in characters."""
    wide = (max([cell_len(name), *(cell.cell_len for cell in column)]) for name, column in columns.items())
    return width - sum(wide) - GAP * len(columns)


def _below(above: Text, name: Text) -> Text:
    return Text("\n").join([above, Text(f"  {name}", "dim")]) if name else above


def _short(name: str) -> Text:
    text = Text(name)
    text.truncate(LONGEST_NAME, overflow="ellipsis")
    return text


def _status(row: RunRow) -> Text:
    place = f" {row.place}" if row.place else ""
    asked = f" → {row.stopping}" if row.stopping else ""
    return Text(f"{row.status}{place}{asked}", STYLES.get(row.status, ""))


def _stands(row: RunRow, room: int) -> str:
    """What came of it, or how far it is, or what it is to do.

    Args:
        room: of a line, in characters; a figure stands in one line with its name.
    """
    if row.failure is not None:
        return row.failure.error[:120]
    if row.headline:
        return _lines([f"{name} {figure(value)}" for name, value in row.headline.items() if value is not None], room)
    now = row.progress
    if now is None:
        return _lines(row.asked.split(" · "), room)
    of = f" of {now.of:,.0f}" if now.of is not None else ""
    left = f", {ago(0, now.left_s)} left" if now.left_s is not None and row.status == "running" else ""
    return f"{now.stage} {now.done:,.0f}{of} {now.unit}{left}".strip()


def _lines(words: Sequence[str], room: int) -> str:
    """As many words in a line as have room."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 2 + len(word) <= room:
            lines[-1] += f"  {word}"
        else:
            lines.append(word)
    return "\n".join(lines)
