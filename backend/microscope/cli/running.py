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
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from microscope.errors import Busy, Trouble
from microscope.families.base import Family
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.services.planning import Planning
from microscope.services.processes import this_process
from microscope.services.run_end import Ended
from microscope.services.runner import Runner
from microscope.services.runs import Runs
from microscope.settings import Settings
from microscope.wire.runs import LogLine, NewRun, Run, RunChange, RunProgress, RunRow

INTERRUPTED = 130
"""Exit code of what Ctrl-C ended, as shells have it."""


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
        with _shown(quiet=as_json) as bar:
            runs = Runs(lab.database, lab.folder)
            runner = Runner(lab, models, listener=bar)
            await runner.look_after_others()
            id, claim = _claimed(lab, runner, runs, what, new, fresh)
            _ctrl_c(runs, runner, bar, id, claim)
            bar.begin(runs.get(id))
            ended = await runner.run(id, claim)
            if ended.status == "succeeded":
                bar.whole()
        return _told(runs.get(id), ended, as_json)
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


def _ctrl_c(runs: Runs, runner: Runner, bar: _Bar, id: str, claim: str) -> None:
    """The first one asks the run to stop, as the queue would; the second one waits for nothing."""
    loop, pressed = asyncio.get_running_loop(), [0]

    def hear() -> None:
        bar.say_plain("Stopping at the end of this step. Ctrl-C again ends it at once.")
        runs.change(id, RunChange(action="cancel"))
        runner.nudge()

    def press(_signal: int, _frame: FrameType | None) -> None:
        pressed[0] += 1
        if pressed[0] == 1:
            loop.call_soon_threadsafe(hear)
        else:
            runner.abandon(id, claim)
            os.write(2, f"\nEnded. Go on: microscope run --resume {id}\n".encode())
            os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, press)


def _told(run: Run, ended: Ended, as_json: bool) -> Run:
    """What came of it, in the terminal's words."""
    id = run.row.id
    if as_json:
        print(run.model_dump_json())
    elif ended.status == "succeeded":
        print("\n".join(f"{name}  {_figure(value)}" for name, value in run.row.headline.items()))
        for made in run.made:
            print(f"{made.what}  {made.path}")
        print(f"Run {id}\nFiles {run.directory}")
    if ended.status == "failed":
        failure = run.row.failure
        assert failure is not None, "a run that failed says why"
        raise RunFailed(f"{id} failed. {failure.error}", next=f"{failure.next} Go on: microscope run --resume {id}")
    if ended.status != "succeeded":
        print(f"{run.row.status.capitalize()}. Go on: microscope run --resume {id}", file=sys.stderr)
        raise SystemExit(INTERRUPTED)
    return run


def leave_at_once(code: int) -> None:
    """End this process without waiting for its threads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class RunFailed(Trouble):
    """A run in the foreground came to no result."""

    status = 500


class _Bar:
    """The listener: a bar with rate, time left and the live metrics; what is said stands above it."""

    def __init__(self, progress: Progress | None, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._task = None if progress is None else progress.add_task("…", total=None, rate="", metrics="")
        self._metrics: dict[str, float | None] = {}

    def begin(self, run: Run) -> None:
        self.say_plain(f"Run {run.row.id}")

    def progress(self, now: RunProgress, metrics: Mapping[str, float | None]) -> None:
        if self._progress is None or self._task is None:
            return
        self._metrics.update(metrics)
        shown = "  ".join(f"{name} {_figure(value)}" for name, value in list(self._metrics.items())[:4])
        rate = f"{_figure(now.per_s)} {now.unit}/s" if now.per_s else ""
        self._progress.update(
            self._task,
            description=escape(now.stage or now.unit),
            total=now.of,
            completed=now.done,
            rate=rate,
            metrics=escape(shown),
        )

    def whole(self) -> None:
        """All is done, whatever had been expected."""
        if self._progress is not None and self._task is not None:
            done = self._progress.tasks[self._task].completed or 1
            self._progress.update(self._task, total=done, completed=done)

    def say(self, line: LogLine) -> None:
        self.say_plain(line.text)

    def say_plain(self, text: str) -> None:
        if self._progress is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _shown(*, quiet: bool) -> Generator[_Bar]:
    console = Console(stderr=True)
    if quiet:
        yield _Bar(None, console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[metrics]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress, console)


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _new(family: Family, name: str, tags: tuple[str, ...]) -> NewRun:
    return NewRun(spec=family.model_dump(mode="json"), name=name, tags=tags)
