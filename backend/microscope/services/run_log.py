"""What a run says of itself: how far it is, points of its curves, lines of its log. Nothing is written here.

Belongs to the event loop's thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from microscope.families.base import Progress
from microscope.services.finite import finite
from microscope.services.pace import Pace, whole
from microscope.wire.run_files import LogLine
from microscope.wire.runs import RunProgress


class Listener(Protocol):
    """Whoever wants to hear of it in this process; on the event loop's thread."""

    def progress(self, now: RunProgress, metrics: Mapping[str, float | None]) -> None: ...

    def say(self, line: LogLine) -> None: ...


class Unwritten(NamedTuple):
    """What was said and is not in the run's files yet."""

    points: list[dict[str, Any]]
    lines: list[dict[str, Any]]


class RunLog:
    """Of one attempt; whoever writes takes what is unwritten."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._pace = Pace()
        self._progress: RunProgress | None = None
        self._told: RunProgress | None = None
        self._unwritten = Unwritten([], [])
        self._began = time.monotonic()
        self._worked_s = 0.0

    def begin(self, worked_s: float) -> None:
        """Work begins now; earlier attempts took `worked_s`."""
        self._began, self._worked_s = time.monotonic(), worked_s

    def at(self, event: Progress) -> None:
        now = time.monotonic()
        self._progress = self._pace.at(now, event.done, event.of, event.unit, event.stage)
        metrics = {name: finite(value) for name, value in event.metrics.items()}
        if metrics:
            at = {"step": finite(event.done), "time": self._worked(), "unit": event.unit, "stage": event.stage}
            self._unwritten.points.append({**at, **metrics})
        if self._listener is not None:
            self._listener.progress(self._progress, metrics)

    def say(self, text: str, level: str = "info") -> None:
        line = LogLine.model_validate({"time": time.time(), "level": level, "text": text})
        self._unwritten.lines.append(line.model_dump())
        if self._listener is not None:
            self._listener.say(line)

    def complete(self) -> None:
        """All is done, whatever had been expected."""
        if self._progress is not None:
            self._progress = whole(self._progress)

    @property
    def has_news(self) -> bool:
        return bool(self._unwritten.points or self._unwritten.lines) or self._progress is not self._told

    def progress(self) -> dict[str, Any] | None:
        """As the database has it; told with this."""
        self._told = self._progress
        return None if self._progress is None else {**self._progress.model_dump(), "worked_s": self._worked()}

    def _worked(self) -> float:
        """Seconds, of all attempts."""
        return round(self._worked_s + time.monotonic() - self._began, 3)

    def taken(self) -> Unwritten:
        """What is unwritten, which is then somebody else's."""
        taken, self._unwritten = self._unwritten, Unwritten([], [])
        return taken

    def taken_points(self) -> list[dict[str, Any]]:
        """The points alone."""
        points, self._unwritten = self._unwritten.points, self._unwritten._replace(points=[])
        return points
