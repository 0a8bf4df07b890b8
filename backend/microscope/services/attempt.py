"""One attempt at one run, by the worker that has claimed it.

1. what the last checkpoint knows stays in the directory, what came after it goes
2. the family's models come into memory and are pinned
3. every step of the generator is a job for the device at the priority of runs (`run_steps.py`); a few go in one job as
   long as nobody waits and little time has passed
4. what it yields is written by a thread of its own, in order (`run_disk.py`)
5. every half second it is seen whether somebody wants it to stop, and whether it is still this worker's
   (`run_claim.py`); its beats and its progress go to the database; where it is to stop and the family can, it takes a
   checkpoint first
6. in the end SAEs that it wrote become known to the library, the tables are joined and the manifest is written; then
   the row says how it ended

Belongs to the event loop's thread. An attempt that has lost its claim writes nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from contextlib import AsyncExitStack, suppress

from microscope.engine.device import Priority
from microscope.errors import Trouble
from microscope.families.base import Bench, Checkpoint, Event, Family, Progress, Reads, Result, Rows, Say
from microscope.lab import Lab
from microscope.services.environment import environment
from microscope.services.made import keep_patches, register
from microscope.services.models import Models
from microscope.services.patch_library import PatchLibrary
from microscope.services.run_claim import Claim, Claimed, Lost, Stop, Stopped
from microscope.services.run_disk import RunDisk
from microscope.services.run_end import Ended, failure, may_pass, stopped
from microscope.services.run_log import Listener, RunLog
from microscope.services.run_models import RunModels
from microscope.services.run_steps import Steps
from microscope.store.saes import Library

log = logging.getLogger("microscope")

GRACE_S = 1.0
"""In which a run that is to stop may come to a checkpoint: a cancel takes effect within two seconds."""


class Attempt:
    """Call `run` once."""

    def __init__(self, lab: Lab, models: Models, claimed: Claimed, listener: Listener | None = None) -> None:
        self._lab = lab
        self._claimed = claimed
        self._claim = Claim(lab.database, claimed)
        self._disk = RunDisk(lab.folder, claimed.id, self._claim)
        self._log = RunLog(listener)
        self._models = RunModels(lab, models, self._claim, self._log.at)
        self._patches = PatchLibrary(lab, models)

    @property
    def claimed(self) -> Claimed:
        return self._claimed

    def nudge(self) -> None:
        """Look at the database at once."""
        self._claim.nudge()

    def stop(self, why: Stop) -> None:
        """At the end of the step that runs; at once where it waits for a model."""
        self._claim.stop(why)

    async def run(self) -> Ended:
        """To its end, whatever that is; the row says the same."""
        keeper = asyncio.create_task(self._claim.keep(self._tell))
        try:
            return await self._settled(await self._ended())
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            self._disk.close()

    # ── Work ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _work(self) -> Result:
        begun = await self._disk.do(lambda: self._disk.begin(self._claimed.family))
        self._log.begin(begun.worked_s)
        how = "goes on from its last checkpoint" if begun.resume else "begins"
        self._log.say(f"{self._claimed.id} {how} at {self._claimed.worker}, attempt {self._claimed.attempt}.")
        async with AsyncExitStack() as pins:
            models = {wish: await self._models.hold(wish, pins) for wish in self._claimed.family.models()}
            about = await asyncio.to_thread(environment, self._claimed.family, models)
            await self._disk.do(lambda: self._disk.environment(about))
            bench = Bench(self._lab, self._disk.folder.path, models, begun.resume, begun.before)
            return await self._steps(self._claimed.family, bench)

    async def _steps(self, family: Family, bench: Bench) -> Result:
        device = self._lab.device
        steps = Steps(family, bench, device)
        try:
            while True:
                self._look()
                for event in await device.do(Priority.RUN, steps.some):
                    if isinstance(event, Result):
                        return event
                    await self._take(event)
        except Stopped:
            if family.resumable:
                await self._checkpoint(steps, bench)
            raise
        finally:
            # Closed on its own thread, so that it lets go of its tensors there, before anybody hears of the end.
            if not device.closed:
                await device.do(Priority.RUN, steps.close)

    async def _checkpoint(self, steps: Steps, bench: Bench) -> None:
        """Steps up to the next checkpoint, which comes soon since it is asked for; none where that takes too long."""
        bench.stopping.set()
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until and not self._lab.device.closed:
            for event in await self._lab.device.do(Priority.RUN, steps.some):
                if isinstance(event, Result):
                    return
                await self._take(event)
                if isinstance(event, Checkpoint):
                    return

    async def _take(self, event: Event) -> None:
        match event:
            case Reads():
                await self._disk.write(lambda: self._disk.reads(event.data))
            case Progress():
                self._log.at(event)
            case Say():
                self._log.say(event.text, event.level)
            case Rows():
                await self._disk.write(lambda: self._disk.add(event))
            case Checkpoint():
                points = self._log.taken_points()
                await self._disk.write(lambda: self._disk.checkpoint(event, points))
            case Result():
                raise AssertionError("a result is the last event")

    def _look(self) -> None:
        self._claim.look()
        self._disk.look()

    # ── What others hear ─────────────────────────────────────────────────────────────────────────────────

    async def _tell(self) -> None:
        if self._log.has_news:
            await self._said()
            await self._claim.report(self._log.progress())

    async def _said(self) -> None:
        said = self._log.taken()
        await self._disk.do(lambda: self._disk.append(said))

    # ── Its end ──────────────────────────────────────────────────────────────────────────────────────────

    async def _ended(self) -> Ended:
        try:
            result = await self._work()
            await self._disk.drained()
            result = await self._make_known(result)
            await self._mended()
            self._log.say("Succeeded.")
            await self._said()  # All of it, before the manifest hashes the files that it stands in.
            await self._disk.do(lambda: self._disk.finish(result))
            return Ended("succeeded", result=result)
        except Stopped as to_stop:
            status, says = stopped(to_stop.why, (await self._claim.asked()).asking)
            self._log.say(says)
            return await self._kept(Ended(status))
        except Lost:
            return Ended("lost")
        except Exception as wrong:
            told = failure(wrong)
            self._log.say(told["error"], "error")
            if not isinstance(wrong, Trouble):
                log.error("run %s failed", self._claimed.id, exc_info=wrong)
                self._log.say("".join(traceback.format_exception(wrong)), "error")
            return await self._kept(Ended("failed", failure=told, may_pass=may_pass(wrong)))

    async def _make_known(self, result: Result) -> Result:
        library = Library(self._lab.folder, self._lab.settings.sae_cache_dir)
        for trouble in await self._disk.do(lambda: register(library, result.made, self._claimed.id)):
            self._log.say(f"An SAE that it made is not in the library: {trouble.error}", "warning")
        return await self._disk.do(lambda: keep_patches(self._lab, self._patches, result, self._claimed.id))

    async def _mended(self) -> None:
        if gone := await self._disk.do(lambda: self._disk.mend(self._claimed.family)):
            self._log.say(
                f"Somebody deleted {' and '.join(gone)} from the run's directory while it worked; written again. What "
                "else is gone, such as earlier points of its curves and earlier lines of this log, is lost.",
                "warning",
            )

    async def _kept(self, ended: Ended) -> Ended:
        """What it leaves is whole. A disk that is full, or a directory that is gone, changes nothing about the end."""
        try:
            await self._disk.drained()
            await self._said()
            if ended.status in ("cancelled", "failed"):
                await self._disk.do(self._disk.folder.seal)
        except Lost:
            return Ended("lost")
        except Exception as wrong:
            log.warning("run %s: %s", self._claimed.id, wrong)
        return ended

    async def _settled(self, ended: Ended) -> Ended:
        """As its row has it from now on."""
        match ended.status:
            case "lost":
                return ended
            case "succeeded":
                self._log.complete()
            case "failed":
                pass
            case _:
                status = await self._claim.leave(failure=None, progress=self._log.progress())
                return Ended(status or "lost")
        if not await self._claim.settle(**ended.columns(time.time()), progress=self._log.progress()):
            return Ended("lost")
        if ended.status == "succeeded":
            await self._disk.tidy()
        return ended
