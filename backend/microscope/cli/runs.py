"""Verbs about runs: lists and the queue, which know no torch, and those that work.

`add` puts them into the program, since a verb must be known before its module is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microscope.cli.options import Dtype, Home, Json, Model, Revision, Where
from microscope.cli.verbs import verb
from microscope.errors import Incompatible, Trouble

if TYPE_CHECKING:
    from microscope.services.runs import Runs

Id = Annotated[str, typer.Argument(help="Id of a run.")]
Ids = Annotated[list[str], typer.Argument(help="Ids of runs.")]
One = Annotated[str | None, typer.Argument(help="Id of a run; without one, the queue itself.", show_default=False)]


def add(app: typer.Typer) -> None:
    """All of them."""
    verb(app, "run")(run)
    verb(app, "runs")(list_runs)
    verb(app, "run-show")(show)
    verb(app, "export-run")(export)
    verb(app, "delete-run")(delete)
    verb(app, "restore-run")(restore)
    verb(app, "purge-runs")(purge)
    verb(app, "worker")(worker)
    queue = typer.Typer(help="What is planned, and who works on it.", no_args_is_help=True)
    verb(queue, "list")(list_queue)
    verb(queue, "run")(run_queue)
    verb(queue, "pause")(pause)
    verb(queue, "resume")(resume)
    verb(queue, "cancel")(cancel)
    verb(queue, "requeue")(requeue)
    verb(queue, "move")(move)
    app.add_typer(queue, name="queue")


# ── Work ─────────────────────────────────────────────────────────────────────────────────────────────────


def run(
    what: Annotated[
        str | None,
        typer.Argument(help="A family such as train_sae, or a YAML file with kind and parameters.", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option(help="Of a spec in experiments/: experiments/NAME.yaml.")] = "",
    fields: Annotated[
        list[str] | None, typer.Option("--set", help="field=value, again for more fields.", show_default=False)
    ] = None,
    resume: Annotated[str, typer.Option(help="Id of a run to go on with, instead of a spec.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option(help="A word to find it by, again for more.", show_default=False)
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew where the same spec was interrupted.")] = False,
    later: Annotated[bool, typer.Option("--later", help="Into the queue, instead of here and now.")] = False,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Run any experiment. Here and now, or later by a worker."""
    from microscope.cli.session import read_settings
    from microscope.errors import Invalid
    from microscope.services.specs import find_spec, flat, read_spec, with_fields

    settings = read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)
    if sum(map(bool, (what, name, resume))) != 1:
        raise Invalid(
            "Expected one of a family, a file, --name and --resume.",
            next="Such as: microscope run --name NAME, or microscope run train_sae --set layer=10",
        )
    if resume:
        from microscope.cli.running import resume_here

        resume_here(resume, settings, as_json=as_json)
        return
    path = find_spec(name, Path.cwd()) if name else Path(what or "")
    spec = read_spec(path) if name or path.suffix in (".yaml", ".yml") else flat({"kind": what})
    from microscope.cli.running import queue_up, run_here
    from microscope.families import read_family

    family, tags = read_family(with_fields(spec, fields or ())), tuple(tag or ())
    if later:
        queue_up(family, settings, name=name, tags=tags, as_json=as_json)
    else:
        run_here(family, settings, name=name, tags=tags, fresh=fresh, as_json=as_json)


def worker(
    once: Annotated[bool, typer.Option("--once", help="End after one run.")] = False,
    drain: Annotated[bool, typer.Option("--drain", help="End when nothing is planned.")] = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Work on planned runs until Ctrl-C. Several workers share a queue."""
    from microscope.cli.listening import stop_on_ctrl_c
    from microscope.cli.session import read_settings
    from microscope.services.idling import wait_for_work

    settings = read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)
    if once or drain:
        if not wait_for_work(settings, patient=False, tell=print):
            print("0 runs.")
            return
    else:
        stop_on_ctrl_c()  # Up to where the worker itself listens to it.
        wait_for_work(settings, patient=True, tell=lambda text: print(text, flush=True))
    from microscope.cli.working import work

    work(settings, once=once, drain=drain)


def run_queue(
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Work on planned runs here until none is left."""
    worker(drain=True, model=model, revision=revision, dtype=dtype, device=device, home=home)


# ── Look ─────────────────────────────────────────────────────────────────────────────────────────────────


def list_runs(
    q: Annotated[str, typer.Argument(help="Words in name, id, family or spec.")] = "",
    family: Annotated[str, typer.Option(help="Such as train_sae.")] = "",
    status: Annotated[str, typer.Option(help="planned, running, paused, succeeded, failed or cancelled.")] = "",
    since: Annotated[str, typer.Option(help="Made on this day (UTC) or later, as 2026-11-22.")] = "",
    until: Annotated[str, typer.Option(help="Made on this day (UTC) or earlier.")] = "",
    tag: Annotated[str, typer.Option(help="One of its tags.")] = "",
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that were put away, instead of the others.")] = (
        False
    ),
    sort: Annotated[str, typer.Option(help="created, started, ended, name, family, status, priority or id.")] = (
        "created"
    ),
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 20,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Runs, the newest first."""
    from microscope.cli.run_tables import day, day_after, show_runs
    from microscope.services.runs import Which

    which = Which(q, family, status, day(since), day_after(until), tag, deleted)
    with _runs(home) as runs:
        page = runs.list(which, sort=sort, limit=limit)
    if as_json:
        print(page.model_dump_json())
    else:
        show_runs(page.rows, page.total)
        if deleted and page.rows:
            print("Bring one back: microscope restore-run ID. Delete all of them for good: microscope purge-runs")
        if family and family not in page.families:
            print(f"No run is of the family {family!r}; there are runs of: {', '.join(page.families) or 'none'}.")


def show(id: Id, as_json: Json = False, home: Home = None) -> None:
    """What a run was asked for, and what came of it."""
    from microscope.cli.run_tables import show_run

    with _runs(home) as runs:
        found = runs.get(id)
    if as_json:
        print(found.model_dump_json())
    else:
        show_run(found)


def export(id: Id, out: Annotated[Path, typer.Option(help="The zip archive to write.")], home: Home = None) -> None:
    """A run's directory as a zip archive."""
    from microscope.cli.session import read_settings
    from microscope.services.run_files import RunFiles
    from microscope.services.runs import opened

    with opened(read_settings(home=home)) as (runs, folder):
        RunFiles(folder, runs).export(id, out)
    print(out)


def delete(ids: Ids, home: Home = None) -> None:
    """Put runs away. Lists show them no more; their files stay until purge-runs."""

    def away(runs: Runs, id: str) -> None:
        runs.delete(id)
        print(f"{id}  deleted")

    _each(home, ids, away)


def restore(ids: Ids, home: Home = None) -> None:
    """Bring runs back that were put away. Unless purge-runs has deleted them since."""

    def back(runs: Runs, id: str) -> None:
        print(f"{id}  restored, {runs.restore(id).row.status}")

    _each(home, ids, back)


def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Delete them, instead of saying what that would free.")] = False,
    home: Home = None,
) -> None:
    """Delete runs for good that were put away. Their directories go; what they made elsewhere stays."""
    with _runs(home) as runs:
        away = runs.deleted()
        sizes = {one.id: one.bytes for one in away}
        for one in away:
            print(f"{one.bytes:>16,}  {one.id}")
        gone = runs.purge(tuple(sizes)) if yes else ()
    total = sum(sizes[id] for id in gone) if yes else sum(sizes.values())
    count = len(gone) if yes else len(away)
    said = f"{count} {'run' if count == 1 else 'runs'}, {total:,} bytes"
    print(f"Deleted for good: {said}." if yes else f"{said}. Delete them for good: microscope purge-runs --yes")


def list_queue(as_json: Json = False, home: Home = None) -> None:
    """Who works on what, and what comes next."""
    from microscope.cli.run_tables import show_queue

    with _runs(home) as runs:
        found = runs.queue()
    if as_json:
        print(found.model_dump_json())
    else:
        show_queue(found)


# ── Change ───────────────────────────────────────────────────────────────────────────────────────────────


def pause(id: One = None, home: Home = None) -> None:
    """Stop a run for now, or let workers leave all planned runs alone."""
    _one_or_all(home, "pause", id)


def resume(id: One = None, home: Home = None) -> None:
    """Let a paused run go on, or the queue."""
    _one_or_all(home, "resume", id)


def cancel(ids: Ids, home: Home = None) -> None:
    """End runs for good; a running one stops at the end of its step."""

    def end(runs: Runs, id: str) -> None:
        if runs.row(id).status == "cancelled":
            print(f"{id}  was cancelled already")
        else:
            _act(runs, "cancel", id)

    _each(home, ids, end)


def requeue(ids: Ids, home: Home = None) -> None:
    """Plan runs again that have ended. They go on from their last checkpoints."""
    _each(home, ids, lambda runs, id: _act(runs, "requeue", id))


def move(
    id: Id,
    before: Annotated[str | None, typer.Option(help="A planned run that it is to precede.")] = None,
    priority: Annotated[int | None, typer.Option(min=-100, max=100, help="Higher runs first.")] = None,
    home: Home = None,
) -> None:
    """Change a planned run's place in the queue."""
    from microscope.wire.run_queue import RunChange

    with _runs(home) as runs:
        row = runs.change(id, RunChange(before=before, priority=priority)).row
    print(f"{row.id}  {row.status}" + (f", place {row.place}" if row.place else ""))


def _one_or_all(home: Path | None, action: str, id: str | None) -> None:
    with _runs(home) as runs:
        if id is not None:
            _act(runs, action, id)
            return
        paused = runs.pause_queue(action == "pause").paused
    print("The queue is paused." if paused else "The queue goes on.")


def _each(home: Path | None, ids: Sequence[str], do: Callable[[Runs, str], None]) -> None:
    """All of them, whatever becomes of one.

    Raises:
        Trouble: of a single one that is refused; of several, which they are.
    """
    refused: list[str] = []
    with _runs(home) as runs:
        for id in ids:
            try:
                do(runs, id)
            except Trouble as wrong:
                if len(ids) == 1:
                    raise
                refused.append(id)
                print(f"{wrong.error}\n{wrong.next}", file=sys.stderr)
    if refused:
        done = len(ids) - len(refused)
        raise Incompatible(f"{len(refused)} of {len(ids)} were refused: {', '.join(refused)}.", next=f"{done} done.")


def _act(runs: Runs, action: str, id: str) -> None:
    from microscope.wire.run_queue import RunChange

    row = runs.change(id, RunChange.model_validate({"action": action})).row
    print(f"{row.id}  {row.status}" + (f", asked to {row.stopping}" if row.stopping else ""))


@contextmanager
def _runs(home: Path | None) -> Generator[Runs]:
    from microscope.cli.session import read_settings
    from microscope.services.runs import opened

    with opened(read_settings(home=home)) as (runs, _):
        yield runs
