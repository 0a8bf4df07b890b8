"""Runs and queues as tables in a terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from microscope.errors import Invalid
from microscope.wire.runs import QueueState, Run, RunRow

STYLES = {"running": "bold", "succeeded": "green", "failed": "red", "cancelled": "dim", "paused": "yellow"}
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def show_runs(rows: Sequence[RunRow], total: int) -> None:
    console = Console()
    console.print(_table(rows))
    if total > len(rows):
        console.print(Text(f"{len(rows)} of {total:,}; more with --limit."))


def show_queue(state: QueueState) -> None:
    """What is at work first, then what comes next."""
    console = Console()
    workers = ", ".join(state.workers) or "none: microscope worker, or microscope ui"
    console.print(Text(f"{'Paused. ' if state.paused else ''}Workers: {workers}"), soft_wrap=True)
    rows = (*state.running, *state.planned, *state.held, *state.ended)
    console.print(_table(rows) if rows else Text("Nothing is planned."))


def show_run(run: Run) -> None:
    """Row, spec, result, files."""
    console = Console()
    console.print(_table([run.row]))
    if run.row.failure is not None:
        console.print(Text(f"{run.row.failure.error}\n{run.row.failure.next}", style="red"), soft_wrap=True)
    console.print(JSON.from_data({"spec": run.spec, "metrics": run.metrics}))
    for made in run.made:
        console.print(Text(f"{made.what}  {made.path}"), soft_wrap=True)
    gone = "  (somebody deleted it)" if run.directory_missing else ""
    console.print(Text(f"Files  {run.directory}{gone}"), soft_wrap=True)
    for artifact in run.artifacts:
        console.print(Text(f"  {artifact.bytes:>14,}  {artifact.path}"))


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


def ago(then: float, now: float) -> str:
    """Such as `3 min`; of a clock that went back, `0 s`."""
    spent = max(0.0, now - then)
    for unit, seconds in UNITS:
        if spent >= seconds:
            return f"{spent / seconds:.0f} {unit}"
    return f"{spent:.0f} s"


def _table(rows: Sequence[RunRow]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("Run", "Name", "Status", "Made", "Progress"):
        table.add_column(name, no_wrap=name != "Progress", overflow="fold")
    now = time.time()
    for row in rows:
        status = f"{row.status} {row.place}" if row.place else row.status
        asked = f" → {row.stopping}" if row.stopping else ""
        made = f"{ago(row.created, now)} ago"
        table.add_row(
            Text(row.id), Text(row.name), Text(status + asked, STYLES.get(row.status, "")), made, Text(_stands(row))
        )
    return table


def _stands(row: RunRow) -> str:
    """What came of it, or how far it is."""
    if row.failure is not None:
        return row.failure.error[:120]
    if row.headline:
        return "  ".join(f"{name} {value:.4g}" for name, value in row.headline.items() if value is not None)
    now = row.progress
    if now is None:
        return ""
    of = f" of {now.of:,.0f}" if now.of is not None else ""
    left = f", {ago(0, now.left_s)} left" if now.left_s is not None and row.status == "running" else ""
    return f"{now.stage} {now.done:,.0f}{of} {now.unit}{left}".strip()
