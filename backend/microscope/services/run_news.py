"""What happens to runs, told to whoever follows them, whichever process works on them.

Twice a second one number is asked for: the queue's counter of changes. Where it has grown, the rows that were changed
are read, and of those that somebody follows the new lines of their curves and logs; everyone hears that lists of runs
are out of date, and those of SAEs where a run that succeeded wrote one. A run in this very process is heard of on the
same road.

Belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy.exc import SQLAlchemyError

from microscope.errors import NotFound
from microscope.lab import Lab
from microscope.services.hub import MAX_LINES, MAX_POINTS, Hub, Outgoing, run_topic
from microscope.services.run_points import figures, unit_of
from microscope.services.run_rows import rows_of
from microscope.store import queue, runs
from microscope.store.database import RunRecord
from microscope.store.run_folder import LOG, MADE, SERIES, Lines, RunFolder
from microscope.wire.run_files import LogLine
from microscope.wire.runs import RunNews

log = logging.getLogger("microscope")

POLL_S = 0.5

ALL = 1 << 40
"""More lines than any file has."""

LOG_BITS, MARK_BITS = 20, 12
"""Of a cursor: sentences that it can count, and its mark; the bits above count points, up to what
a browser can hold: 53 bits."""


class Cursor(NamedTuple):
    """How much of a run has been told."""

    points: int
    lines: int
    mark: int = 0
    """Of the last point that was told. Another one stands in its place once the run has gone back to a checkpoint."""

    @property
    def number(self) -> int:
        return (self.points << MARK_BITS | self.mark) << LOG_BITS | self.lines

    @classmethod
    def of(cls, number: int) -> Cursor:
        lines, marked = number & ((1 << LOG_BITS) - 1), number >> LOG_BITS
        return cls(marked >> MARK_BITS, lines, marked & ((1 << MARK_BITS) - 1))


def mark_of(attempt: int, points: Sequence[Mapping[str, Any]]) -> int:
    """Of the last of them. By the attempt, and by what it says: an attempt may have begun and not gone back yet."""
    said = crc32(json.dumps(points[-1]).encode()) if points else 0
    return (attempt & 0xF) << 8 | said & 0xFF


class Newsroom:
    """Call `start` once the server is up."""

    def __init__(self, lab: Lab, hub: Hub) -> None:
        self._lab = lab
        self._hub = hub
        self._seen = queue.changes(lab.database)
        self._told: dict[str, Cursor] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._poll())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def follow(self, id: str, from_event: int) -> RunNews:
        """Everything since; follow `run_topic(id)` in the same breath to miss nothing.

        Raises:
            NotFound: there is no such run.
        """
        record = runs.find(self._lab.database, id)
        if record is None:
            raise NotFound(f"There is no run {id!r}.", next="List them: GET /api/runs")
        # Whoever follows it already hears what is new, so that all of them stand at the same event.
        self._publish(record)
        since = Cursor.of(from_event)
        news, _ = self._news(record, since)
        return news

    def look(self) -> bool:
        """Tell what has changed since the last look; whether there was anything."""
        now = queue.changes(self._lab.database)
        if now == self._seen:
            return False
        changed = queue.changed_since(self._lab.database, self._seen)
        self._seen = now
        for record in changed:
            if self._hub.followed(run_topic(record.id)):
                self._publish(record)
            else:
                self._told.pop(record.id, None)
        self._hub.changed("runs")
        if any(self._made_an_sae(record) for record in changed):
            self._hub.changed("saes")
        return True

    def _made_an_sae(self, record: RunRecord) -> bool:
        made = RunFolder(self._lab.folder, record.id).read_json(MADE) if record.status == "succeeded" else None
        return any(one["what"] == "sae" for one in made or [])

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                self.look()
            except SQLAlchemyError as wrong:
                log.warning("the database does not answer: %s", wrong)

    def _publish(self, record: RunRecord) -> None:
        news, self._told[record.id] = self._news(record, self._since(record))
        self._hub.publish(run_topic(record.id), Outgoing(news))

    def _since(self, record: RunRecord) -> Cursor:
        told = self._told.get(record.id)
        if told is not None:
            return told
        # Nobody has heard of it: whoever follows it from now on is told the rest.
        folder = RunFolder(self._lab.folder, record.id)
        points = folder.lines(SERIES)
        return Cursor(points.next, folder.lines(LOG, ALL).next, mark_of(record.attempts, points.values))

    def _news(self, record: RunRecord, since: Cursor) -> tuple[RunNews, Cursor]:
        folder = RunFolder(self._lab.folder, record.id)
        points, lines = _points(folder, record.attempts, since), folder.lines(LOG, since.lines)
        mark = mark_of(record.attempts, points.values) if points.values else since.mark
        told = Cursor(points.next, lines.next, mark)
        said: list[dict[str, Any]] = lines.values[-MAX_LINES:]
        measured = points.values[-MAX_POINTS:]
        return (
            RunNews(
                row=rows_of(self._lab.database, [record])[0],
                points=tuple(figures(point) for point in measured),
                unit=unit_of(measured),
                first_point=points.next - len(measured),
                log=tuple(LogLine.model_validate(line) for line in said),
                first_line=lines.next - len(said),
                next=told.number,
            ),
            told,
        )


def _points(folder: RunFolder, attempt: int, since: Cursor) -> Lines:
    """Those that have not been told: all of them, where the last that was told stands there no more."""
    found = folder.lines(SERIES, max(0, since.points - 1))
    if since.points == 0 or not found.values:
        return folder.lines(SERIES)
    if mark_of(attempt, found.values[:1]) != since.mark:
        return folder.lines(SERIES)
    return Lines(found.values[1:], found.next)
