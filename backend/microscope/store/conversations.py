"""The queries about conversations and about models that were opened. Each opens and commits its own transaction."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from microscope.store.database import ConversationRecord, ModelRecord, pack_ids


def put(database: Engine, record: ConversationRecord | ModelRecord) -> None:
    """Insert, or replace what has the same key."""
    with Session(database) as session:
        session.merge(record)
        session.commit()


def find(database: Engine, id: str) -> ConversationRecord | None:
    """One conversation, put away or not."""
    with Session(database) as session:
        return session.get(ConversationRecord, id)


class Page(NamedTuple):
    records: list[ConversationRecord]
    total: int


def page(database: Engine, q: str, offset: int, limit: int) -> Page:
    """Those that are not put away and whose title contains `q`, whatever the case; the newest first."""
    where = ConversationRecord.deleted.is_(None)
    if q:
        where &= ConversationRecord.title.icontains(q, autoescape=True)
    query = select(ConversationRecord).where(where)
    newest = query.order_by(ConversationRecord.updated.desc(), ConversationRecord.id).offset(offset).limit(limit)
    with Session(database) as session:
        total = session.scalar(select(func.count()).select_from(query.subquery()))
        return Page(list(session.scalars(newest)), total or 0)


def said_in(database: Engine) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Id, title and turns of those that are not put away, the last changed first."""
    columns = ConversationRecord.id, ConversationRecord.title, ConversationRecord.turns
    query = select(*columns).where(ConversationRecord.deleted.is_(None))
    with Session(database) as session:
        rows = session.execute(query.order_by(ConversationRecord.updated.desc(), ConversationRecord.id))
        return [(id, title, turns) for id, title, turns in rows]


def change(database: Engine, id: str, **columns: Any) -> None:
    """Set columns of one conversation; `ids` as a list, `n_tokens` follows by itself."""
    if "ids" in columns:
        columns |= {"ids": pack_ids(columns["ids"]), "n_tokens": len(columns["ids"])}
    with database.begin() as connection:
        connection.execute(update(ConversationRecord).where(ConversationRecord.id == id).values(**columns))


def close_open_turns(database: Engine) -> int:
    """Turns that no process generates any more end where their last token is, as `interrupted`; returns how many."""
    with Session(database) as session:
        broken = list(session.scalars(select(ConversationRecord).where(ConversationRecord.generating)))
        for record in broken:
            closed = {"end": record.n_tokens, "reason": "interrupted"}
            record.turns = [
                {**turn, **closed} if turn.get("sampling") and not turn.get("reason") else turn for turn in record.turns
            ]
            record.generating = False
        session.commit()
        return len(broken)


def known_models(database: Engine) -> list[ModelRecord]:
    """Models that were opened here, the most recently used first."""
    with Session(database) as session:
        return list(session.scalars(select(ModelRecord).order_by(ModelRecord.last_used.desc())))
