"""How a run in the foreground ended, in the terminal's words."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from shlex import quote

from pydantic import JsonValue
from rich.console import Console

from microscope.cli.bar import figure
from microscope.cli.compared import compared, in_table
from microscope.errors import Trouble
from microscope.services.run_end import Ended
from microscope.services.serving import origin_of
from microscope.settings import Settings
from microscope.wire.runs import Run, RunRow

INTERRUPTED = 130
"""Exit code of what Ctrl-C ended, as shells have it."""


class RunFailed(Trouble):
    """A run in the foreground came to no result."""

    status = 500


def told(run: Run, ended: Ended, settings: Settings, *, as_json: bool) -> Run:
    """
    Args:
        as_json: print the run as HTTP has it.

    Raises:
        RunFailed: it failed.
        SystemExit: it was interrupted, or is another worker's now.
    """
    if as_json:
        print(run.model_dump_json())
    elif ended.status == "succeeded":
        _show(run, settings)
    if ended.status == "failed":
        raise failed(run, ended)
    if ended.status == "lost":
        print(_taken_away(run.row), file=sys.stderr)
        raise SystemExit(INTERRUPTED)
    if ended.status != "succeeded":
        print(f"{run.row.status.capitalize()}. {go_on(run.row.id)}", file=sys.stderr)
        raise SystemExit(INTERRUPTED)
    return run


def failed(run: Run, ended: Ended) -> RunFailed:
    """What failed, and what to do."""
    failure = run.row.failure
    assert failure is not None, "a run that failed says why"
    return RunFailed(f"{run.row.id} failed. {failure.error}", next=f"{failure.next} {_mend(run, ended)}")


def _mend(run: Run, ended: Ended) -> str:
    """To go on helps only where nothing that was asked for has to change."""
    return go_on(run.row.id) if ended.may_pass else "Correct the command or what it names, and run it again."


def _taken_away(row: RunRow) -> str:
    """Of a run whose process did not show for long that it lives, and that another one has seen to."""
    if row.status == "running":
        return f"{row.id} was taken over by {row.worker}; follow it: microscope run-show {row.id}"
    if row.status == "succeeded":
        return f"{row.id} was taken over and has succeeded at {row.worker}; see it: microscope run-show {row.id}"
    return f"{row.id} was taken away from this process, and is {row.status}. {go_on(row.id)}"


def go_on(id: str) -> str:
    return f"Go on: microscope run --resume {id}"


def _show(run: Run, settings: Settings) -> None:
    """Its figures, what it made, where that is seen, and where its files are."""
    table = compared(run.metrics)
    for name, value in _alone(run.row.headline, run.metrics):
        print(f"{name}  {figure(value)}")
    if table is not None:
        Console().print(table)
    for made in run.made:
        print(f"{made.what}  {made.path}")
    for link in run.links:
        print(f"{link.title}  {page(settings, link.href)}")
    print(f"Run {run.row.id}\nFiles {run.directory}")


def page(settings: Settings, href: str) -> str:
    """The whole address of a page where a server of this home is up; else what follows its address, and what to do."""
    if at := origin_of(settings.home):
        return f"{at}{href}"
    elsewhere = settings.home != Settings.model_fields["home"].default
    return f"{href}  (see it: microscope ui{f' --home {quote(str(settings.home))}' if elsewhere else ''})"


def _alone(headline: Mapping[str, float | None], metrics: Mapping[str, JsonValue]) -> list[tuple[str, float | None]]:
    """What the table does not say."""
    beside = compared(metrics) is not None
    return [(name, value) for name, value in headline.items() if not (beside and in_table(name))]
