"""Runs as the database keeps them and as the wire shows them. Knows no torch: the terminal's lists stay quick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from sqlalchemy import Engine

from microscope.store import queue, runs
from microscope.store.database import RunRecord
from microscope.wire.runs import Evidence, RunFailure, RunProgress, RunRow, RunStatus


def rows_of(database: Engine, records: Sequence[RunRecord]) -> tuple[RunRow, ...]:
    """With their tags and their places in the queue."""
    tags = runs.tags_of(database, [record.id for record in records])
    planned = any(record.status == "planned" for record in records)
    places = queue.places(database) if planned else {}
    return tuple(_row(record, tags, places) for record in records)


def _row(record: RunRecord, tags: Mapping[str, tuple[str, ...]], places: Mapping[str, int]) -> RunRow:
    return RunRow(
        id=record.id,
        family=record.family,
        name=record.name,
        status=cast(RunStatus, record.status),
        priority=record.priority,
        place=places.get(record.id),
        tags=tags.get(record.id, ()),
        evidence=cast(Evidence, record.evidence),
        asked=record.asked,
        created=record.created,
        began=record.began,
        started=record.started,
        ended=record.ended,
        attempts=record.attempts,
        interruptions=record.interruptions,
        worker=record.worker,
        progress=RunProgress.model_validate(record.progress) if record.progress else None,
        headline=record.headline,
        failure=RunFailure.model_validate(record.failure) if record.failure else None,
        stopping=cast(Literal["pause", "cancel"] | None, record.asking),
        deleted=record.deleted,
    )
