"""Who works on which run: one row per run, changed by conditional updates only.

    claim      UPDATE … SET status = 'running' WHERE status = 'planned'       the row count tells who won
    beat       UPDATE … SET beats = beats + 1  WHERE claim = mine             no row: the run has been taken away
    settle     UPDATE … SET status = …         WHERE claim = mine

No rule reads a clock. A worker shows that it lives by beats that grow; who watches them decides by a clock of its own
how long they may stand still (`services/leases.py`). Every change of a run draws a number from the queue's counter,
inside its own transaction and before anything else: who has seen the counter has seen every change up to it, and on
SQLite the transaction waits for its turn instead of failing in the middle.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from microscope.store.database import QueueRecord, RunRecord, WorkerRecord

IN_ORDER = (RunRecord.priority.desc(), RunRecord.position, RunRecord.id)
"""In which planned runs are claimed."""

AS_ASKED = {"pause": "paused", "cancel": "cancelled"}
"""What a run becomes that has stopped, by what its worker had been asked for."""

TWICE = {
    "error": "Its worker died under it for the second time.",
    "next": "See the log for what it was doing; requeue it to go on from its last checkpoint.",
}


class Change(NamedTuple):
    """A transaction that changes runs."""

    connection: Connection
    number: int
    """For the column `changed` of what it changes."""

    def where(self, *conditions: Any, **columns: Any) -> bool:
        """Set columns of the runs that meet the conditions; whether there was one."""
        done = self.connection.execute(update(RunRecord).where(*conditions).values(changed=self.number, **columns))
        return done.rowcount > 0


@contextmanager
def changing(database: Engine | Change) -> Generator[Change]:
    """Everything in it happens, or nothing; one within another is a part of it."""
    if isinstance(database, Change):
        yield database
        return
    counted = update(QueueRecord).values(changes=QueueRecord.changes + 1).returning(QueueRecord.changes)
    with database.begin() as connection:
        yield Change(connection, connection.execute(counted).scalar_one())


def changes(database: Engine) -> int:
    """Of the counter, as it stands: the cheapest question that tells whether anything is new."""
    with database.connect() as connection:
        return connection.execute(select(QueueRecord.changes)).scalar_one()


def changed_since(database: Engine, number: int) -> list[RunRecord]:
    """Runs that were changed after the counter stood at `number`."""
    with Session(database) as session:
        return list(session.scalars(select(RunRecord).where(RunRecord.changed > number)))


# ── The queue ────────────────────────────────────────────────────────────────────────────────────────────


def is_paused(database: Engine) -> bool:
    with database.connect() as connection:
        return connection.execute(select(QueueRecord.paused)).scalar_one()


def set_paused(database: Engine, paused: bool) -> None:
    with changing(database) as change:
        change.connection.execute(update(QueueRecord).values(paused=paused))


def next_planned(database: Engine) -> str | None:
    """Id of the run to claim next; None where there is none, or the queue is paused."""
    if is_paused(database):
        return None
    wanted = select(RunRecord.id).where(RunRecord.status == "planned", RunRecord.deleted.is_(None))
    with database.connect() as connection:
        return connection.execute(wanted.order_by(*IN_ORDER).limit(1)).scalar()


def places(database: Engine) -> dict[str, int]:
    """Of every planned run in the queue, from 1, by id."""
    planned = select(RunRecord.id).where(RunRecord.status == "planned", RunRecord.deleted.is_(None))
    with database.connect() as connection:
        return {id: place for place, id in enumerate(connection.execute(planned.order_by(*IN_ORDER)).scalars(), 1)}


def move(database: Engine | Change, id: str, before: str) -> bool:
    """Put a planned run in front of another one of the same priority; False where they are not both that.

    Those in front of it move up by one: whoever is planned later still comes last.
    """
    waits = RunRecord.status == "planned", RunRecord.deleted.is_(None)
    planned = select(RunRecord.priority, RunRecord.position).where(*waits)
    with changing(database) as change:
        moved = change.connection.execute(planned.where(RunRecord.id == id)).one_or_none()
        target = change.connection.execute(planned.where(RunRecord.id == before)).one_or_none()
        if moved is None or target is None or moved.priority != target.priority:
            return False
        change.where(
            RunRecord.status == "planned",
            RunRecord.priority == target.priority,
            RunRecord.position < target.position,
            position=RunRecord.position - 1,
        )
        return change.where(RunRecord.id == id, position=target.position - 1)


# ── One run ──────────────────────────────────────────────────────────────────────────────────────────────


def new_claim() -> str:
    """What only the worker that drew it knows."""
    return secrets.token_hex(8)


def claim(database: Engine, id: str, worker: str, process: str, now: float) -> str | None:
    """Take a planned run; the claim, or None where somebody else was first.

    Args:
        now: Unix time in seconds, for people.
    """
    drawn = new_claim()
    with changing(database) as change:
        won = change.where(
            RunRecord.id == id,
            RunRecord.status == "planned",
            RunRecord.deleted.is_(None),
            status="running",
            worker=worker,
            process=process,
            claim=drawn,
            began=func.coalesce(RunRecord.began, now),
            started=now,
            ended=None,
            asking=None,
            attempts=RunRecord.attempts + 1,
        )
    return drawn if won else None


def beat(database: Engine, id: str, claim: str) -> bool:
    """Show that its worker lives; False where the run is no longer this worker's. Nobody is told of it."""
    mine = RunRecord.id == id, RunRecord.claim == claim
    with database.begin() as connection:
        return connection.execute(update(RunRecord).where(*mine).values(beats=RunRecord.beats + 1)).rowcount > 0


class Asked(NamedTuple):
    """What a worker learns about its run."""

    mine: bool
    """It still has the claim."""

    asking: str | None


def asked(database: Engine, id: str, claim: str) -> Asked:
    wanted = select(RunRecord.asking).where(RunRecord.id == id, RunRecord.claim == claim)
    with database.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    return Asked(row is not None, row.asking if row else None)


def report(database: Engine, id: str, claim: str, progress: dict[str, Any] | None) -> bool:
    """Tell how far it is, or, with None, only that its files have grown; False where it is no longer this worker's."""
    columns = {} if progress is None else {"progress": progress}
    with changing(database) as change:
        return change.where(RunRecord.id == id, RunRecord.claim == claim, **columns)


def settle(database: Engine, id: str, claim: str, **columns: Any) -> bool:
    """Give a run back with what became of it; False where it is no longer this worker's."""
    with changing(database) as change:
        return change.where(RunRecord.id == id, RunRecord.claim == claim, claim=None, asking=None, **columns)


def leave(database: Engine, id: str, claim: str, now: float, **columns: Any) -> str | None:
    """Give a run back that has stopped before its end: as somebody has asked for by now, else planned once more.

    Args:
        now: Unix time in seconds, of its end where it is cancelled.

    Returns:
        Its new status; None where it is no longer this worker's.
    """
    mine = RunRecord.id == id, RunRecord.claim == claim
    with changing(database) as change:
        row = change.connection.execute(select(RunRecord.asking).where(*mine)).one_or_none()
        if row is None:
            return None
        status = AS_ASKED.get(row.asking, "planned")
        ends = {"ended": now} if status == "cancelled" else {}
        change.where(*mine, status=status, claim=None, asking=None, **ends, **columns)
    return status


def turn(
    database: Engine | Change,
    id: str,
    statuses: Sequence[str],
    *,
    asked: Sequence[str | None] | None = None,
    **columns: Any,
) -> bool:
    """Change a run that has one of these statuses; False where it has not.

    Args:
        asked: and whose worker has been asked for one of these, None for nothing; without it, for anything.
    """
    which = [] if asked is None else [or_(*(RunRecord.asking.is_not_distinct_from(one) for one in asked))]
    with changing(database) as change:
        if columns.get("status") == "planned" and "position" in columns:
            columns = {**columns, "position": change.number}
        there = RunRecord.id == id, RunRecord.status.in_(statuses), RunRecord.deleted.is_(None)
        return change.where(*there, *which, **columns)


# ── Workers that have died ───────────────────────────────────────────────────────────────────────────────


def running(database: Engine) -> list[RunRecord]:
    with Session(database) as session:
        return list(session.scalars(select(RunRecord).where(RunRecord.status == "running")))


def interrupt(database: Engine, seen: RunRecord, now: float) -> str | None:
    """Take a run away from a worker that has died; the first time it is planned again, the second time it fails.

    Args:
        seen: as it was when its worker was found dead; if its beats have grown since, nothing happens.

    Returns:
        Its new status; None where it was alive after all, or somebody else has seen to it.
    """
    dead = RunRecord.id == seen.id, RunRecord.claim == seen.claim, RunRecord.beats == seen.beats
    with changing(database) as change:
        row = change.connection.execute(select(RunRecord.asking).where(*dead)).one_or_none()
        if row is None:
            return None
        status = AS_ASKED.get(row.asking) or ("failed" if seen.interruptions else "planned")
        over = status in ("failed", "cancelled")
        done = change.where(
            *dead,
            status=status,
            claim=None,
            asking=None,
            interruptions=RunRecord.interruptions + 1,
            ended=now if over else None,
            failure=TWICE if status == "failed" else None,
        )
    return status if done else None


def enlist(database: Engine, worker: str, process: str) -> None:
    """Show that a process claims runs; again to show that it still does."""
    mine = WorkerRecord.worker == worker
    with database.begin() as connection:
        grown = update(WorkerRecord).where(mine).values(process=process, beats=WorkerRecord.beats + 1)
        if connection.execute(grown).rowcount == 0:
            row = {"worker": worker, "process": process, "beats": 0}
            connection.execute(insert(WorkerRecord).values(**row))


def dismiss(database: Engine, worker: str) -> None:
    with database.begin() as connection:
        connection.execute(delete(WorkerRecord).where(WorkerRecord.worker == worker))


def workers(database: Engine) -> list[WorkerRecord]:
    with Session(database) as session:
        return list(session.scalars(select(WorkerRecord).order_by(WorkerRecord.worker)))
