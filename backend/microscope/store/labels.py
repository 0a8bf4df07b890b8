"""What is said of features, in the database: labels and notes with their history, stars, lists.

A feature is named by the sha256 of its SAE's weights: another SAE under the same slug inherits nothing, and the same
one under another slug keeps all. Nothing is overwritten: a change is a row that `replaces` another, and taking
something back is one that is `withdrawn`.
Each function opens and commits its own transaction.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Engine, Select, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from microscope.errors import Busy
from microscope.store.database import FeatureListRecord, LabelRecord, StarRecord

Kind = Literal["human", "heuristic", "model"]

STANDING: Mapping[str, int] = {"human": 0, "model": 1, "heuristic": 2}
"""Whose label stands where several speak: people before models before rules; among equals the latest."""

_AT_ONCE = 500
"""Names in one query: SQLite's own limit is 999."""


class Owner(NamedTuple):
    """Whose features are spoken of."""

    sae: str
    """Its slug at this time."""

    weights: str
    """sha256 of its weights."""


class Saying(NamedTuple):
    """Something new about a feature."""

    feature: int
    what: Literal["label", "note"]
    kind: Kind
    author: str
    text: str
    score: float | None = None


def add(database: Engine, owner: Owner, sayings: Sequence[Saying]) -> list[LabelRecord]:
    """Keep them all or none; a label takes the place of the current one of the same author and kind.

    Raises:
        Busy: somebody replaced the same label at the same moment.
    """
    with Session(database, expire_on_commit=False) as session:
        before = _own_labels(session, owner.weights, sayings)
        records: list[LabelRecord] = []
        for saying in sayings:
            old = before.get((saying.feature, saying.kind, saying.author)) if saying.what == "label" else None
            records.append(_after(saying, owner, old))
        session.add_all(records)
        _commit(session)
        return records


def change(database: Engine, id: int, *, author: str, text: str, withdrawn: bool = False) -> LabelRecord | None:
    """Say something else in the place of a current entry; None where it is not current, or not there.

    Raises:
        Busy: as `add` says.
    """
    with Session(database, expire_on_commit=False) as session:
        old = session.get(LabelRecord, id)
        if old is None or not old.current:
            return None
        saying = Saying(old.feature, _what(old), _kind(old), author or old.author, text)
        record = _after(saying, Owner(old.sae, old.weights), old)
        record.withdrawn, record.current = withdrawn, not withdrawn
        session.add(record)
        _commit(session)
        return record


def find(database: Engine, id: int) -> LabelRecord | None:
    with Session(database) as session:
        return session.get(LabelRecord, id)


def history(database: Engine, weights: str, feature: int) -> list[LabelRecord]:
    """Labels and notes of one feature, the latest first."""
    query = select(LabelRecord).where(LabelRecord.weights == weights, LabelRecord.feature == feature)
    with Session(database) as session:
        return list(session.scalars(query.order_by(LabelRecord.created.desc(), LabelRecord.id.desc())))


def standing(database: Engine, weights: str, kind: Kind | None = None) -> dict[int, LabelRecord]:
    """The label that stands of every feature that has one.

    Args:
        kind: of these alone.
    """
    query = select(LabelRecord).where(LabelRecord.weights == weights, LabelRecord.what == "label", LabelRecord.current)
    if kind is not None:
        query = query.where(LabelRecord.kind == kind)
    best: dict[int, LabelRecord] = {}
    with Session(database) as session:
        for record in session.scalars(query.order_by(LabelRecord.id)):
            known = best.get(record.feature)
            if known is None or STANDING[record.kind] <= STANDING[known.kind]:
                best[record.feature] = record
    return best


def current_labels(database: Engine, weights: str) -> set[tuple[int, str, str, str]]:
    """Feature, kind, author and text of every label that is current, of whatever kind."""
    columns = (LabelRecord.feature, LabelRecord.kind, LabelRecord.author, LabelRecord.text)
    query = select(*columns).where(LabelRecord.weights == weights, LabelRecord.what == "label", LabelRecord.current)
    with Session(database) as session:
        return {(row.feature, row.kind, row.author, row.text) for row in session.execute(query)}


def version(database: Engine, weights: str) -> int:
    """A greater one whenever a label of the SAE has changed."""
    with Session(database) as session:
        return session.scalar(select(func.max(LabelRecord.id)).where(LabelRecord.weights == weights)) or 0


# ── Stars ────────────────────────────────────────────────────────────────────────────────────────────────


def star(database: Engine, weights: str, feature: int, starred: bool) -> None:
    with Session(database) as session:
        if starred:
            session.merge(StarRecord(weights=weights, feature=feature))
        else:
            session.execute(delete(StarRecord).where(StarRecord.weights == weights, StarRecord.feature == feature))
        session.commit()


def stars(database: Engine, weights: str) -> frozenset[int]:
    with Session(database) as session:
        return frozenset(session.scalars(select(StarRecord.feature).where(StarRecord.weights == weights)))


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


def lists(database: Engine, weights: str) -> list[FeatureListRecord]:
    """The one changed last goes first."""
    query = select(FeatureListRecord).where(FeatureListRecord.weights == weights)
    with Session(database) as session:
        return list(session.scalars(query.order_by(FeatureListRecord.updated.desc(), FeatureListRecord.id)))


class Counts(NamedTuple):
    """How much is said of an SAE's features."""

    labels: int
    """Current ones, whoever says them."""

    notes: int
    """Current ones."""

    stars: int
    lists: int


def counts(database: Engine, weights: str) -> Counts:
    def entries(what: str) -> Select[int]:
        current = (LabelRecord.weights == weights, LabelRecord.what == what, LabelRecord.current)
        return select(func.count()).where(*current)

    stars = select(func.count()).where(StarRecord.weights == weights)
    lists = select(func.count()).where(FeatureListRecord.weights == weights)
    with Session(database) as session:
        return Counts(*(session.scalar(one) or 0 for one in (entries("label"), entries("note"), stars, lists)))


def find_list(database: Engine, id: str) -> FeatureListRecord | None:
    with Session(database) as session:
        return session.get(FeatureListRecord, id)


def put_list(database: Engine, record: FeatureListRecord) -> None:
    """Insert, or replace what has the same id."""
    with Session(database) as session:
        session.merge(record)
        session.commit()


def drop_list(database: Engine, id: str) -> bool:
    """Whether there was one."""
    with database.begin() as connection:
        return bool(connection.execute(delete(FeatureListRecord).where(FeatureListRecord.id == id)).rowcount)


# ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────


def _own_labels(session: Session, weights: str, sayings: Sequence[Saying]) -> dict[tuple[int, str, str], LabelRecord]:
    """Current labels that may be replaced, by feature, kind and author."""
    features = sorted({saying.feature for saying in sayings if saying.what == "label"})
    found: dict[tuple[int, str, str], LabelRecord] = {}
    for start in range(0, len(features), _AT_ONCE):
        query = select(LabelRecord).where(
            LabelRecord.weights == weights,
            LabelRecord.what == "label",
            LabelRecord.current,
            LabelRecord.feature.in_(features[start : start + _AT_ONCE]),
        )
        found.update({(one.feature, one.kind, one.author): one for one in session.scalars(query)})
    return found


def _after(saying: Saying, owner: Owner, old: LabelRecord | None) -> LabelRecord:
    if old is not None:
        old.current = False
    return LabelRecord(
        sae=owner.sae,
        weights=owner.weights,
        feature=saying.feature,
        what=saying.what,
        kind=saying.kind,
        author=saying.author,
        text=saying.text,
        score=saying.score,
        created=time.time(),
        replaces=None if old is None else old.id,
        current=True,
        withdrawn=False,
    )


def _commit(session: Session) -> None:
    try:
        session.commit()
    except IntegrityError as collided:
        raise Busy(
            "Somebody changed the same label at the same moment.", next="Read it again and repeat."
        ) from collided


def _what(record: LabelRecord) -> Literal["label", "note"]:
    return "note" if record.what == "note" else "label"


def _kind(record: LabelRecord) -> Kind:
    match record.kind:
        case "human" | "heuristic" | "model":
            return record.kind
        case other:
            raise AssertionError(f"a label of the kind {other!r}")
