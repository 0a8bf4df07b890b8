"""A run in the foreground: begun at once in this process, with a bar, and stopped by Ctrl-C.

    from microscope.cli.running import run_here
    run_here(TrainSae(...), read_settings(home=home))

is all that a verb needs. The run has its row and its directory like any other, and the pages show it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType

from microscope.cli.bar import Bar, shown
from microscope.cli.outcome import INTERRUPTED, RunFailed, go_on, told
from microscope.errors import Busy
from microscope.families.base import Family
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.services.planning import Planning
from microscope.services.processes import this_process
from microscope.services.runner import Runner
from microscope.services.runs import Runs, linking
from microscope.settings import Settings
from microscope.wire.run_queue import NewRun, RunChange
from microscope.wire.runs import Run, RunRow

__all__ = ["RunFailed", "leave_at_once", "queue_up", "resume_here", "run_here"]


def run_here(
    family: Family,
    settings: Settings,
    *,
    name: str = "",
    tags: tuple[str, ...] = (),
    fresh: bool = False,
    as_json: bool = False,
) -> Run:
    """Run a spec now and here, and say where its files are. Ctrl-C cancels at the end of the step; again, at once.

    A run of the very same spec that has not come to its end goes on from its last checkpoint: repeating a command
    that was interrupted takes it up again.

    Args:
        fresh: begin anew all the same.
        as_json: print the run as HTTP has it, and no bar.

    Raises:
        Trouble: as the family says before it begins, or as the run's failure says.
        SystemExit: it was cancelled.
    """
    return asyncio.run(_run(settings, family, _new(family, name, tags), fresh, as_json))


def resume_here(id: str, settings: Settings, *, as_json: bool = False) -> Run:
    """Go on with a run that is planned, paused or ended, now and here.

    Raises:
        Trouble, SystemExit: as `run_here` says.
        NotFound: there is no such run.
        Busy: another worker works on it.
    """
    return asyncio.run(_run(settings, id, None, False, as_json))


def queue_up(
    family: Family, settings: Settings, *, name: str = "", tags: tuple[str, ...] = (), as_json: bool = False
) -> RunRow:
    """Leave a spec to the workers.

    Raises:
        Trouble: as the family says.
    """

    async def submit() -> RunRow:
        lab = Lab.open(settings, chats=False)
        try:
            planning = Planning(lab, Runs(lab.database, lab.folder))
            return planning.submit(_new(family, name, tags))
        finally:
            await lab.close()

    row = asyncio.run(submit())
    print(row.model_dump_json() if as_json else f"{row.id}  planned, place {row.place}")
    return row


async def _run(settings: Settings, what: Family | str, new: NewRun | None, fresh: bool, as_json: bool) -> Run:
    lab = Lab.open(settings, chats=False)
    models = Models(lab)
    try:
        runs = Runs(lab.database, lab.folder, links=linking(lab.folder, settings))
        with shown(quiet=as_json) as bar:
            runner = Runner(lab, models, listener=bar)
            await runner.look_after_others()
            id, claim = _claimed(lab, runner, runs, what, new, fresh)
            _ctrl_c(runs, runner, bar, id, claim)
            bar.say_plain(f"Run {id}")
            ended = await runner.run(id, claim)
            if ended.status == "succeeded":
                bar.whole()
        return told(runs.get(id), ended, settings, as_json=as_json)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        await lab.close()
        if models.loading is not None:  # Nobody waits for that model any more, and Python would.
            leave_at_once(INTERRUPTED)


def _claimed(
    lab: Lab, runner: Runner, runs: Runs, what: Family | str, new: NewRun | None, fresh: bool
) -> tuple[str, str]:
    """A run that is this process' own: a new one, or one that goes on."""
    planning = Planning(lab, runs)
    if isinstance(what, str):
        return what, _again(runner, runs, what)
    if new is not None and not fresh and (before := planning.unfinished(what)) is not None:
        if before.status == "running":
            raise Busy(
                f"{before.id} is running the same spec at {before.worker}.",
                next=f"Wait for it, cancel it (microscope queue cancel {before.id}), or begin another with --fresh.",
            )
        return before.id, _again(runner, runs, before.id)
    assert new is not None, "a family comes with its run"
    return planning.begin(what, new, this_process())


def _again(runner: Runner, runs: Runs, id: str) -> str:
    status = runs.row(id).status
    if status not in ("planned", "running"):
        runs.change(id, RunChange(action="resume" if status == "paused" else "requeue"))
    if (claim := runner.claim(id)) is None:
        raise Busy(f"{id} is being worked on by {runs.row(id).worker}.", next=f"Look: microscope run-show {id}")
    return claim


def _ctrl_c(runs: Runs, runner: Runner, bar: Bar, id: str, claim: str) -> None:
    """The first one asks the run to stop, as the queue would; the second one waits for no step, a third for nothing."""
    loop, pressed = asyncio.get_running_loop(), [0]

    def hear() -> None:
        bar.say_plain("Stopping at the end of this step. Ctrl-C again ends it at once.")
        runs.change(id, RunChange(action="cancel"))
        runner.nudge()

    def end() -> None:
        runner.abandon(id, claim)
        os.write(2, f"\nEnded. {go_on(id)}\n".encode())
        os._exit(INTERRUPTED)

    def press(_signal: int, _frame: FrameType | None) -> None:
        pressed[0] += 1
        if pressed[0] > 2:
            os._exit(INTERRUPTED)
        # By the loop: this thread may be within a transaction, which another one of the same thread would wait for.
        loop.call_soon_threadsafe(hear if pressed[0] == 1 else end)

    signal.signal(signal.SIGINT, press)


def leave_at_once(code: int) -> None:
    """End this process without waiting for its threads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _new(family: Family, name: str, tags: tuple[str, ...]) -> NewRun:
    return NewRun(spec=family.model_dump(mode="json"), name=name, tags=tags)
