"""The queries about runs that no worker asks: to add one, to find it again, to list and to tag them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from microscope.store.database import RunRecord, RunTag
from microscope.store.queue import IN_ORDER, Change, changing

SORTS = {
    "created": RunRecord.created,
    "started": RunRecord.started,
    "ended": RunRecord.ended,
    "name": RunRecord.name,
    "family": RunRecord.family,
    "status": RunRecord.status,
    "priority": RunRecord.priority,
    "id": RunRecord.id,
}
"""What a list can be sorted by."""


class Filter(NamedTuple):
    """Which runs; what is empty lets all through."""

    q: str = ""
    """Looked for in name, id, family and spec, whatever the case."""

    family: str = ""
    status: str = ""
    since: float | None = None
    """Made at this Unix time or later, in seconds."""

    until: float | None = None
    """Made before it."""

    tag: str = ""
    deleted: bool = False
    """Those that were put away, instead of the others."""


class Page(NamedTuple):
    records: list[RunRecord]
    total: int


class Counts(NamedTuple):
    """Of all runs that are not deleted, or of all that are."""

    families: dict[str, int]
    statuses: dict[str, int]
    tags: list[str]


def add(database: Engine, row: dict[str, Any], tags: Sequence[str]) -> bool:
    """Keep a new run behind all others; False where the id is taken.

    Args:
        row: columns of `RunRecord`, but for `position` and `changed`.
    """
    try:
        with changing(database) as change:
            whole = {**row, "position": change.number, "changed": change.number}
            change.connection.execute(insert(RunRecord).values(**whole))
            _tag(change.connection, row["id"], tags)
    except IntegrityError:
        return False
    return True


def find(database: Engine, id: str) -> RunRecord | None:
    """One that is not deleted."""
    with Session(database) as session:
        record = session.get(RunRecord, id)
        return None if record is None or record.deleted is not None else record


def is_deleted(database: Engine, id: str) -> bool:
    """Put away, and not purged."""
    wanted = select(RunRecord.id).where(RunRecord.id == id, RunRecord.deleted.is_not(None))
    with database.connect() as connection:
        return connection.execute(wanted).one_or_none() is not None


def deleted(database: Engine) -> list[str]:
    """Ids of those that were put away, the oldest first."""
    wanted = select(RunRecord.id).where(RunRecord.deleted.is_not(None)).order_by(RunRecord.created, RunRecord.id)
    with database.connect() as connection:
        return list(connection.execute(wanted).scalars())


def n_deleted(database: Engine) -> int:
    """How many were put away."""
    with database.connect() as connection:
        return connection.execute(select(func.count()).where(RunRecord.deleted.is_not(None))).scalar_one()


def forget(database: Engine, id: str, also: Callable[[], None]) -> bool:
    """Delete the row of one that was put away, for good; False where it was not, or has come back.

    Args:
        also: happens before anybody could bring it back; where it raises, the row stays.
    """
    with changing(database) as change:
        there = change.connection.execute(delete(RunRecord).where(RunRecord.id == id, RunRecord.deleted.is_not(None)))
        if there.rowcount == 0:
            return False
        change.connection.execute(delete(RunTag).where(RunTag.run == id))
        also()
    return True


def latest(database: Engine) -> str | None:
    """Id of the newest run."""
    return _first(database, select(RunRecord.id).where(RunRecord.deleted.is_(None)))


def unfinished(database: Engine, spec_sha256: str) -> str | None:
    """Id of the run of this very spec that was queued last, unless that one has succeeded.

    By the queue's own counter: a clock may have been set back since.
    """
    same = select(RunRecord.id, RunRecord.status).where(
        RunRecord.spec_sha256 == spec_sha256, RunRecord.deleted.is_(None)
    )
    with database.connect() as connection:
        row = connection.execute(same.order_by(RunRecord.position.desc()).limit(1)).one_or_none()
    return row.id if row is not None and row.status != "succeeded" else None


def of_spec(database: Engine, spec_sha256: str) -> list[tuple[str, str]]:
    """Id and status of every run of this very spec, the one that was queued last first."""
    same = select(RunRecord.id, RunRecord.status).where(
        RunRecord.spec_sha256 == spec_sha256, RunRecord.deleted.is_(None)
    )
    with database.connect() as connection:
        return [(row.id, row.status) for row in connection.execute(same.order_by(RunRecord.position.desc()))]


def page(database: Engine, which: Filter, sort: str, desc: bool, offset: int, limit: int) -> Page:
    """
    Args:
        sort: one of `SORTS`; runs that are alike in it come newest first.
    """
    conditions = _conditions(which)
    column = SORTS[sort]
    ordered = select(RunRecord).where(*conditions)
    ordered = ordered.order_by(column.desc() if desc else column.asc(), RunRecord.created.desc(), RunRecord.id)
    with Session(database) as session:
        total = session.scalar(select(func.count()).select_from(RunRecord).where(*conditions))
        return Page(list(session.scalars(ordered.offset(offset).limit(limit))), total or 0)


def of_families(database: Engine, families: Sequence[str]) -> list[RunRecord]:
    """Those that are not deleted, the one that was made last first."""
    wanted = select(RunRecord).where(_there(False), RunRecord.family.in_(families))
    with Session(database) as session:
        return list(session.scalars(wanted.order_by(RunRecord.created.desc(), RunRecord.id)))


def with_status(database: Engine, statuses: Sequence[str], limit: int, *, last_ended: bool = False) -> list[RunRecord]:
    """In the order of the queue, or those that ended last."""
    order = (RunRecord.ended.desc(),) if last_ended else IN_ORDER
    wanted = select(RunRecord).where(RunRecord.status.in_(statuses), RunRecord.deleted.is_(None))
    with Session(database) as session:
        return list(session.scalars(wanted.order_by(*order).limit(limit)))


def counts(database: Engine, *, deleted: bool = False) -> Counts:
    tags = select(RunTag.tag).join(RunRecord, RunRecord.id == RunTag.run).where(_there(deleted)).distinct()
    with database.connect() as connection:
        return Counts(
            _counted(connection, RunRecord.family, deleted),
            _counted(connection, RunRecord.status, deleted),
            list(connection.execute(tags.order_by(RunTag.tag)).scalars()),
        )


def statuses(database: Engine) -> dict[str, int]:
    """How many runs that are not deleted have each; one that none has is left out."""
    with database.connect() as connection:
        return _counted(connection, RunRecord.status)


def tags_of(database: Engine, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By id; sorted."""
    found: dict[str, tuple[str, ...]] = {}
    wanted = select(RunTag.run, RunTag.tag).where(RunTag.run.in_(ids)).order_by(RunTag.tag)
    with database.connect() as connection:
        for run, tag in connection.execute(wanted):
            found[run] = (*found.get(run, ()), tag)
    return found


def change(database: Engine | Change, id: str, **columns: Any) -> None:
    """Set columns, whatever the status."""
    with changing(database) as changed:
        changed.where(RunRecord.id == id, **columns)


def restore(database: Engine, id: str) -> bool:
    """Bring one back that was put away; False where it was not."""
    with changing(database) as changed:
        return changed.where(RunRecord.id == id, RunRecord.deleted.is_not(None), deleted=None)


def tag(
    database: Engine | Change, id: str, only: Sequence[str] | None, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """Change a run's tags, in this order.

    Args:
        only: those that it keeps or gets, and no others; None keeps all.
        remove: those among them that it loses; one that it has not is no error.
        add: those that it gets besides.
    """
    with changing(database) as changed:
        changed.where(RunRecord.id == id)
        execute, its = changed.connection.execute, RunTag.run == id
        had = set(execute(select(RunTag.tag).where(its)).scalars())
        wanted = (had if only is None else set(only)) - set(remove) | set(add)
        execute(delete(RunTag).where(its, RunTag.tag.in_(had - wanted)))
        _tag(changed.connection, id, sorted(wanted - had))


def _there(deleted: bool) -> ColumnElement[bool]:
    return RunRecord.deleted.is_not(None) if deleted else RunRecord.deleted.is_(None)


def _counted(connection: Connection, column: Any, deleted: bool = False) -> dict[str, int]:
    query = select(column, func.count()).where(_there(deleted)).group_by(column).order_by(column)
    return {str(value): int(count) for value, count in connection.execute(query)}


def _tag(connection: Connection, id: str, tags: Sequence[str]) -> None:
    if tags:
        connection.execute(insert(RunTag), [{"run": id, "tag": tag} for tag in dict.fromkeys(tags)])


def _first(database: Engine, wanted: Select[Any]) -> str | None:
    with database.connect() as connection:
        return connection.execute(wanted.order_by(RunRecord.created.desc()).limit(1)).scalar()


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    found = [_there(which.deleted)]
    if which.q:
        found += [RunRecord.words.contains(word, autoescape=True) for word in which.q.lower().split()]
    if which.family:
        found.append(RunRecord.family == which.family)
    if which.status:
        found.append(RunRecord.status == which.status)
    if which.since is not None:
        found.append(RunRecord.created >= which.since)
    if which.until is not None:
        found.append(RunRecord.created < which.until)
    if which.tag:
        found.append(RunRecord.id.in_(select(RunTag.run).where(RunTag.tag == which.tag)))
    return found
