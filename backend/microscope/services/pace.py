"""How fast a run goes, and how long it will take: from what it did in the last seconds."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from microscope.wire.runs import RunProgress

WINDOW_S = 15.0
"""What counts as the last seconds."""

LEAST_S = 0.5
"""Less than that tells no rate."""


class _Mark(NamedTuple):
    at: float
    done: float


class Pace:
    """Of one stage after the other. Times are of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._stage = ""
        self._marks: deque[_Mark] = deque()

    def at(self, now: float, done: float, of: float | None, unit: str, stage: str) -> RunProgress:
        """Where it is, as pages show it."""
        if stage != self._stage or (self._marks and done < self._marks[-1].done):
            self._marks.clear()
        self._stage = stage
        self._marks.append(_Mark(now, done))
        while now - self._marks[0].at > WINDOW_S and len(self._marks) > 2:
            self._marks.popleft()
        first = self._marks[0]
        spent = now - first.at
        rate = (done - first.done) / spent if spent >= LEAST_S else None
        left = max(0.0, of - done) / rate if of is not None and rate else None
        return RunProgress(done=done, of=of, unit=unit, stage=stage, per_s=rate, left_s=left)


def whole(now: RunProgress) -> RunProgress:
    """As it stands when all is done, whatever had been expected."""
    return now.model_copy(update={"of": now.done, "left_s": 0.0})
