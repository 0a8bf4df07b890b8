"""Which workers have died, told without trusting any clock but one's own.

A worker makes the beats of its run grow. Another one that has seen the same beats for `LEASE_S` of its own monotonic
clock takes the run away from it; at once, where it is a process of this very machine that is no more. That every
clock in the room may stand or jump changes nothing.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Engine

from microscope.errors import Trouble
from microscope.services.processes import has_died
from microscope.store import queue
from microscope.store.files import Folder
from microscope.store.run_folder import LOG, RunFolder

log = logging.getLogger("microscope")

LEASE_S = 60.0
"""Beats that stand still for so long are those of a dead worker."""

BEAT_S = 3.0
"""Between two beats."""

IDLE_S = 1.0
"""Between two looks into an empty queue."""


class Taken(NamedTuple):
    """A run whose worker has died."""

    id: str
    worker: str
    status: str
    """What it is now."""


class _Seen(NamedTuple):
    beats: int
    since: float
    """By the monotonic clock, in seconds."""


class Leases:
    """What one process has seen of all workers."""

    def __init__(self, database: Engine, lease_s: float = LEASE_S) -> None:
        self._database = database
        self._lease_s = lease_s
        self._runs: dict[str, _Seen] = {}
        self._workers: dict[str, _Seen] = {}

    def look(self, mine: str | None = None) -> list[Taken]:
        """Take the runs of dead workers away from them; call it every few seconds.

        Args:
            mine: claim of the run that this process works on itself.
        """
        now, taken, claims = time.monotonic(), list[Taken](), set[str]()
        for run in queue.running(self._database):
            if run.claim is None or run.claim == mine:
                continue
            claims.add(run.claim)
            if self._is_dead(self._runs, run.claim, run.process or "", run.beats, now):
                status = queue.interrupt(self._database, run, time.time())
                if status is not None:
                    taken.append(Taken(run.id, run.worker or "", status))
        self._runs = {claim: seen for claim, seen in self._runs.items() if claim in claims}
        self._dismiss(now)
        return taken

    def alive(self) -> tuple[str, ...]:
        """Processes that claim runs, as `host:pid`; a dead one of another machine until its lease is over."""
        return tuple(one.worker for one in queue.workers(self._database) if not has_died(one.process))

    def _dismiss(self, now: float) -> None:
        for one in queue.workers(self._database):
            if self._is_dead(self._workers, one.worker, one.process, one.beats, now):
                queue.dismiss(self._database, one.worker)
                self._workers.pop(one.worker, None)

    def _is_dead(self, known: dict[str, _Seen], key: str, mark: str, beats: int, now: float) -> bool:
        if mark and has_died(mark):
            return True
        seen = known.get(key)
        if seen is None or seen.beats != beats:
            known[key] = _Seen(beats, now)
            return False
        return now - seen.since >= self._lease_s


def take_back(leases: Leases, home: Folder, mine: str | None = None) -> list[Taken]:
    """As `Leases.look`; and each of these runs says in its log what became of it."""
    taken = leases.look(mine)
    for one in taken:
        text = f"Its worker {one.worker} died under it: {one.status}."
        with suppress(Trouble):
            RunFolder(home, one.id).append(LOG, [{"time": time.time(), "level": "warning", "text": text}])
        log.warning("run %s: %s", one.id, text)
    return taken
