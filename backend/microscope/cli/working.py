"""A worker in a process of its own, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType

from microscope.cli.running import leave_at_once
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.services.runner import Runner
from microscope.settings import Settings
from microscope.wire.run_files import LogLine
from microscope.wire.runs import RunProgress


def work(settings: Settings, *, once: bool, drain: bool) -> None:
    """Claim planned runs and work on them. The first Ctrl-C gives the run back at the end of its step, so that another
    worker goes on from its checkpoint; the second one waits for nothing.

    Args:
        once: end after one run.
        drain: end when nothing is planned.
    """
    asyncio.run(_work(settings, once, drain))


async def _work(settings: Settings, once: bool, drain: bool) -> None:
    lab = Lab.open(settings, chats=False)
    models = Models(lab)
    runner = Runner(lab, models, listener=_Told())
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stopped = _stopped()
    tending = asyncio.create_task(runner.tend())
    try:
        await runner.look_after_others()
        working = asyncio.create_task(runner.work(once=once, drain=drain))
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
        runner.leave()
        done = await working
        print(f"{done} {'run' if done == 1 else 'runs'}.", flush=True)
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await runner.dismiss()
        await lab.close()
        for number, handler in before.items():
            signal.signal(number, handler)
        if models.loading is not None:  # Nobody waits for that model any more, and Python would.
            leave_at_once(0)


def _stopped() -> asyncio.Future[None]:
    """Done at the first signal."""
    loop = asyncio.get_running_loop()
    stopped = loop.create_future()

    def press(number: int, _frame: FrameType | None) -> None:
        if stopped.done():
            os._exit(128 + number)
        print("Ending after this step; again ends at once.", file=sys.stderr, flush=True)
        loop.call_soon_threadsafe(lambda: stopped.done() or stopped.set_result(None))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, press)
    return stopped


class _Told:
    """What runs say, line by line."""

    def progress(self, now: RunProgress, metrics: Mapping[str, float | None]) -> None:
        """Pages show it; a log of a worker is read later."""

    def say(self, line: LogLine) -> None:
        print(line.text, file=sys.stderr if line.level == "error" else sys.stdout, flush=True)
