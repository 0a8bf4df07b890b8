"""What an action makes of a run: every transition that somebody may ask for, in one table.

    planned ──pause──▶ paused ──resume──▶ planned          a worker claims what is planned
    planned, paused ──cancel──▶ cancelled
    failed, cancelled ──requeue──▶ planned                 what has succeeded stays: the same spec is another run
    running: its worker is asked to pause or to cancel, and does so at the end of a step. A resume takes back a pause;
             nothing takes back a cancel, and a cancel overrules a pause.

Each is one conditional update: where somebody else was quicker, it is not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import Engine

from microscope.store import queue

Action = Literal["pause", "resume", "cancel", "requeue"]

ENDED = ("succeeded", "failed", "cancelled")


class Change(NamedTuple):
    """One way in which an action changes a run."""

    statuses: tuple[str, ...]
    """That it changes."""

    columns: Mapping[str, Any]
    """What they are set to."""

    asked: tuple[str | None, ...] | None = None
    """What its worker may have been asked for until then; None is anything."""


AGAIN: Mapping[str, Any] = {
    "status": "planned",
    "position": None,
    "ended": None,
    "failure": None,
    "interruptions": 0,
    "headline": {},
    "progress": None,
}
"""Of a run that is queued once more: it has come to nothing yet."""

CHANGES: Mapping[Action, tuple[Change, ...]] = {
    "pause": (
        Change(("planned",), {"status": "paused"}),
        Change(("running",), {"asking": "pause"}, asked=(None, "pause")),
    ),
    "resume": (
        Change(("paused",), {"status": "planned"}),
        Change(("running",), {"asking": None}, asked=(None, "pause")),
    ),
    "cancel": (
        Change(("planned", "paused"), {"status": "cancelled"}),
        Change(("running",), {"asking": "cancel"}),
    ),
    "requeue": (Change(("failed", "cancelled"), AGAIN),),
}


def act(database: Engine | queue.Change, id: str, action: Action, now: float) -> bool:
    """False where the run is not in a state for it.

    Args:
        now: Unix time in seconds, of what ends here.
    """
    return any(_made(database, id, change, now) for change in CHANGES[action])


def _made(database: Engine | queue.Change, id: str, change: Change, now: float) -> bool:
    ends = {"ended": now} if change.columns.get("status") in ENDED else {}
    return queue.turn(database, id, change.statuses, asked=change.asked, **change.columns, **ends)
