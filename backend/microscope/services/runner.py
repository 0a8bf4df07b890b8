"""A worker: claims planned runs, one at a time, and sees to those whose workers have died.

The server has one, `microscope worker` is one, and a verb that runs something in the foreground is one for a single
run. They share the queue and know nothing of each other but what it says.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from microscope.errors import Trouble, sentences
from microscope.families import read_family
from microscope.lab import Lab
from microscope.services.attempt import Attempt
from microscope.services.leases import BEAT_S, IDLE_S, LEASE_S, Leases, Taken, take_back
from microscope.services.models import Models
from microscope.services.processes import this_process
from microscope.services.run_claim import Claimed
from microscope.services.run_end import Ended
from microscope.services.run_log import Listener
from microscope.store import queue, runs

log = logging.getLogger("microscope")

LEAVE_S = 1.5
"""For the step that runs when the worker ends; a server has three seconds in all."""


class Runner:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models, *, lease_s: float = LEASE_S, listener: Listener | None = None) -> None:
        self._lab = lab
        self._models = models
        self._listener = listener
        self._leases = Leases(lab.database, lease_s)
        self._attempt: Attempt | None = None
        self._nudged = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._leaving = False

    @property
    def running(self) -> str | None:
        """Id of the run that it works on."""
        return self._attempt.claimed.id if self._attempt else None

    def start(self) -> None:
        """Work in the background until `close`."""
        self._tasks = [asyncio.create_task(self.work()), asyncio.create_task(self.tend())]

    def nudge(self) -> None:
        """Something has changed in the queue: look at once."""
        self._nudged.set()
        if self._attempt is not None:
            self._attempt.nudge()

    async def work(self, *, drain: bool = False, once: bool = False) -> int:
        """Claim runs and work on them, for good; how many there were.

        Args:
            drain: end where nothing is planned.
            once: end after one run, or where nothing is planned.
        """
        done = 0
        while not self._leaving:
            try:
                ended = await self._next()
            except SQLAlchemyError as wrong:
                log.warning("the database does not answer: %s", wrong)
                ended = None
            done += ended is not None
            if once or (drain and ended is None):
                break
            if ended is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._nudged.wait(), IDLE_S)
                self._nudged.clear()
        return done

    async def tend(self) -> None:
        """Show that this worker lives, and see to runs whose workers do not; for good."""
        while True:
            with suppress(SQLAlchemyError):  # It is told by whoever needs an answer.
                await self.look_after_others(enlisted=True)
            await asyncio.sleep(BEAT_S)

    async def look_after_others(self, *, enlisted: bool = False) -> list[Taken]:
        """Take the runs of dead workers back into the queue.

        Args:
            enlisted: this process claims whatever is planned.
        """
        me = this_process()
        if enlisted:
            await asyncio.to_thread(queue.enlist, self._lab.database, me.worker, me.mark)
        mine = self._attempt.claimed.claim if self._attempt else None
        taken = await asyncio.to_thread(take_back, self._leases, self._lab.folder, mine)
        if taken:
            self._nudged.set()
        return taken

    def claim(self, id: str) -> str | None:
        """Take a planned run for this process; None where another one was first."""
        me = this_process()
        return queue.claim(self._lab.database, id, me.worker, me.mark, time.time())

    def abandon(self, id: str, claim: str) -> None:
        """Cancel a run at once, in the middle of its step: whatever still happens writes nothing more."""
        queue.settle(self._lab.database, id, claim, status="cancelled", ended=time.time())

    async def run(self, id: str, claim: str) -> Ended:
        """Work on a run that has been claimed for this process."""
        record = await asyncio.to_thread(runs.find, self._lab.database, id)
        assert record is not None, f"run {id} was claimed and is not there"
        try:
            family = read_family(record.spec)
        except (Trouble, ValidationError) as wrong:
            return await self._unreadable(id, claim, wrong)
        claimed = Claimed(id, claim, this_process().worker, record.attempts, family)
        self._attempt = Attempt(self._lab, self._models, claimed, self._listener)
        if self._leaving:  # It was told to while the run was being claimed.
            self._attempt.stop("leave")
        try:
            return await self._attempt.run()
        finally:
            self._attempt = None

    async def _next(self) -> Ended | None:
        """None where there was nothing to claim."""
        database = self._lab.database
        while (id := await asyncio.to_thread(queue.next_planned, database)) is not None:
            claim = await asyncio.to_thread(self.claim, id)
            if claim is not None:  # Otherwise another worker was first.
                return await self.run(id, claim)
        return None

    async def _unreadable(self, id: str, claim: str, wrong: Trouble | ValidationError) -> Ended:
        """Its family is another one now, or is not installed here."""
        says = wrong.error if isinstance(wrong, Trouble) else sentences(wrong.errors(), "spec")
        failure = {"error": f"Its spec cannot be read: {says}", "next": "Make a new run of it that fits."}
        columns = {"status": "failed", "failure": failure, "ended": time.time()}
        await asyncio.to_thread(lambda: queue.settle(self._lab.database, id, claim, **columns))
        return Ended("failed", failure)

    def leave(self) -> None:
        """Claim nothing more, and give the run back at the end of its step: another worker, or the next start, goes on
        from its checkpoint.
        """
        self._leaving = True
        if self._attempt is not None:
            self._attempt.stop("leave")
        self._nudged.set()

    async def close(self) -> None:
        """Leave; a step that is long does not hold up the end."""
        self.leave()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=LEAVE_S)
        if self._attempt is not None:  # Asked only now: a run may have been claimed and not begun when this began.
            claimed = self._attempt.claimed
            queue.leave(self._lab.database, claimed.id, claimed.claim, time.time())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.dismiss()

    async def dismiss(self) -> None:
        """This process claims runs no longer."""
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(queue.dismiss, self._lab.database, this_process().worker)
