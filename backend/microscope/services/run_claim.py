"""Whether a run is still this worker's, and whether somebody wants it to stop: asked of the database all the time.

Belongs to the event loop's thread; `confirm` and `insist` to whichever thread writes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from microscope.errors import Trouble
from microscope.families.base import Family
from microscope.services.leases import BEAT_S, LEASE_S
from microscope.store import queue

log = logging.getLogger("microscope")

Stop = Literal["pause", "cancel", "leave"]
"""`leave`: the worker ends, and another one goes on."""

LOOK_S = 0.5
"""Between two looks at the database."""


class Claimed(NamedTuple):
    """A run that is this worker's."""

    id: str
    claim: str
    worker: str
    attempt: int
    """From 1."""

    family: Family


class Stopped(Exception):
    """It is to stop."""

    def __init__(self, why: Stop) -> None:
        self.why: Stop = why


class Lost(Exception):
    """Another worker has it, or nobody: nothing more is written."""


class Claim:
    """Of one run, as long as one attempt at it lasts."""

    def __init__(self, database: Engine, claimed: Claimed) -> None:
        self._database, self._claimed = database, claimed
        self._stop: Stop | None = None
        self._lost = False
        self._wrong: Trouble | None = None
        self._confirmed = time.monotonic()
        self._nudged = asyncio.Event()
        self.halted = asyncio.Event()
        """It is to stop, or is lost: whoever waits for something long need not."""

    def nudge(self) -> None:
        """Look at the database at once."""
        self._nudged.set()

    def stop(self, why: Stop) -> None:
        """Told at the next `look`. That its worker ends overrules nothing that somebody has asked for."""
        if why != "leave" or self._stop is None:
            self._stop = why
        self.halted.set()

    def look(self) -> None:
        """
        Raises:
            Lost, Stopped: it is not to go on.
            Trouble: of what was written meanwhile.
        """
        if self._lost:
            raise Lost
        if self._wrong is not None:
            raise self._wrong
        if self._stop is not None:
            raise Stopped(self._stop)

    def confirm(self) -> None:
        """Before something is written. A process that was stopped for long asks first whether it still may.

        Raises:
            Lost: it may not.
        """
        if self._lost or time.monotonic() - self._confirmed > LEASE_S / 4:
            self.insist()

    def insist(self) -> None:
        """Asks in any case.

        Raises:
            Lost: it is not this worker's any more.
        """
        if self._lost or not queue.asked(self._database, self._claimed.id, self._claimed.claim).mine:
            self._lost = True
            raise Lost

    async def keep(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Look every half second, and beat, until it is lost.

        Args:
            tell: says what is new, after every look; a full disk is told of at the next `look`.
        """
        beat = time.monotonic()
        while not self._lost:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), LOOK_S)
            self._nudged.clear()
            try:
                if await self._is_mine():
                    await tell()
                if time.monotonic() - beat >= BEAT_S:
                    beat = time.monotonic()
                    await asyncio.to_thread(queue.beat, self._database, self._claimed.id, self._claimed.claim)
            except Lost:
                return
            except SQLAlchemyError as wrong:  # It may come back before the lease is over.
                log.warning("run %s: the database does not answer: %s", self._claimed.id, wrong)
                self._lost = time.monotonic() - self._confirmed > LEASE_S
            except Trouble as wrong:  # A full disk: the run fails of it.
                self._wrong = wrong

    async def report(self, progress: dict[str, Any] | None) -> None:
        """How far it is, for other processes."""
        await asyncio.to_thread(queue.report, self._database, self._claimed.id, self._claimed.claim, progress)

    async def settle(self, **columns: Any) -> bool:
        """How it ended; false where it was not this worker's any more. The claim is gone afterwards."""
        claimed = self._claimed
        return await asyncio.to_thread(lambda: queue.settle(self._database, claimed.id, claimed.claim, **columns))

    async def asked(self) -> queue.Asked:
        """What the database says now."""
        return await asyncio.to_thread(queue.asked, self._database, self._claimed.id, self._claimed.claim)

    async def leave(self, **columns: Any) -> str | None:
        """As `queue.leave`. The claim is gone afterwards."""
        claimed, now = self._claimed, time.time()
        return await asyncio.to_thread(lambda: queue.leave(self._database, claimed.id, claimed.claim, now, **columns))

    async def _is_mine(self) -> bool:
        asked = await self.asked()
        if not asked.mine:
            self._lost = True
            self.halted.set()
            return False
        self._confirmed = time.monotonic()
        if asked.asking is not None and self._stop is None:
            self.stop("pause" if asked.asking == "pause" else "cancel")
        return True
