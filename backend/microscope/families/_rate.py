"""Points of a curve that tells how fast something goes: close together first, ever fewer the longer it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_S = 0.5
"""Seconds between two points: less than that tells no rate."""

POINTS = 300
"""At most, until `POINTS * LEAST_S` seconds; as many again each time that e times as long has passed."""


class Rate:
    """Of one attempt."""

    def __init__(self, done: float, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            done: what earlier attempts have done.
            clock: seconds.
        """
        self._clock = clock
        self._begun = self._last = clock()
        self._done = done
        self._told = False

    def at(self, done: float, *, end: bool = False) -> dict[str, float]:
        """`tokens_per_s` since the last point; empty while no point is due.

        Args:
            end: it is the last word, behind the wait for the disk: told of what was too quick for any point, no other.
        """
        now = self._clock()
        spent, new = now - self._last, done - self._done
        due = 0.0 if end else max(LEAST_S, (now - self._begun) / POINTS)
        if new <= 0 or spent <= 0 or spent < due or (end and self._told):
            return {}
        self._last, self._done, self._told = now, done, True
        return {"tokens_per_s": round(new / spent, 1)}
