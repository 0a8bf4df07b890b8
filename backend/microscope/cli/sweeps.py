"""Verbs about many runs at once: sweep and analyze-sae-stability. `add` puts them into the program."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microscope.cli.options import Dtype, Home, Json, Model, Revision, Where
from microscope.cli.verbs import verb
from microscope.paths import expanded

if TYPE_CHECKING:
    from microscope.services.sweep_children import Child
    from microscope.settings import Settings

SAID = 10
"""Children whose preflight is printed."""


def add(app: typer.Typer) -> None:
    """Both of them."""
    verb(app, "sweep")(sweep)
    verb(app, "analyze-sae-stability")(analyze)


def sweep(
    base: Annotated[Path, typer.Option(help="A YAML file with kind and parameters.", show_default=False)],
    axis: Annotated[
        list[str],
        typer.Option(help="field=value,value, such as parameters.seed=1,2,3; again for more.", show_default=False),
    ],
    output: Annotated[Path, typer.Option(help="The YAML file that lists the children.", show_default=False)],
    execute: Annotated[bool, typer.Option("--execute", help="Run the children here, one after the other.")] = False,
    later: Annotated[bool, typer.Option("--later", help="With --execute: into the queue instead.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that have succeeded; what they wrote is overwritten.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sweep as JSON, and no bar.")] = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Every combination of some values of fields. Planned and checked; run with --execute."""
    from microscope.cli.running import RunFailed
    from microscope.cli.session import read_settings
    from microscope.services.sweep_children import read_axis
    from microscope.services.sweeps import children_of, preflight, standings, sweep_json, write_sweep

    settings = read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)
    axes = [read_axis(text) for text in axis]
    children = children_of(settings, base, axes)
    with _silent() if as_json else nullcontext():
        says = preflight(settings, children, standings(settings, children), again=again)
        print("\n".join(says[:SAID]) + (f"\nand {len(says) - SAID} more" if len(says) > SAID else ""))

        def write() -> None:
            write_sweep(output, base, axes, children, standings(settings, children))

        write()
        failed = 0
        for child in children if execute else ():
            try:
                _execute(child, settings, (output.stem[:60],), later=later, again=again, quiet=as_json)
            except RunFailed as trouble:
                failed += 1
                print(f"{child.name}  {trouble}")
            finally:
                write()
    print(sweep_json(base, axes, children, standings(settings, children)) if as_json else output)
    if failed:
        raise typer.Exit(1)


def _silent() -> AbstractContextManager[object]:
    """What is printed for people goes nowhere: standard output holds one JSON value and nothing else."""
    return redirect_stdout(StringIO())


def _execute(child: Child, settings: Settings, tags: tuple[str, ...], *, later: bool, again: bool, quiet: bool) -> None:
    """
    Args:
        quiet: without a bar.
    """
    from microscope.cli.running import queue_up, run_here
    from microscope.services.sweep_children import UNDONE
    from microscope.services.sweeps import standings

    known = standings(settings, [child]).get(child.name)
    family = child.again if again else child.run
    if known is not None and not again and (known.status not in UNDONE if later else known.status == "succeeded"):
        print(f"{child.name}  {known.status} as {known.id}")
    elif later:
        queue_up(family, settings, name=child.name, tags=tags)
    else:
        run_here(family, settings, name=child.name, tags=tags, fresh=again, as_json=quiet)


def analyze(
    output: Annotated[Path, typer.Option(help="The JSON file to write.", show_default=False)],
    sweep: Annotated[
        Path | None, typer.Option(help="File of a sweep whose runs made SAEs.", show_default=False)
    ] = None,
    runs: Annotated[str, typer.Option(help="Instead: ids of runs, parted by commas.", show_default=False)] = "",
    live_only: Annotated[bool, typer.Option("--live-only", help="Leave out features that never fired.")] = False,
    activations: Annotated[
        Path | None, typer.Option(help="In which live features fire.", show_default="what each run counted")
    ] = None,
    n_null: Annotated[int, typer.Option(min=1, max=100, help="Draws of random directions.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of these.")] = 0,
    as_json: Json = False,
    device: Where = None,
    home: Home = None,
) -> None:
    """Whether several trainings find the same features. Matched decoder cosine, beside random directions."""
    from microscope.cli.session import read_settings
    from microscope.errors import Invalid

    if bool(sweep) == bool(runs):
        raise Invalid(
            f"Expected one of --sweep and --runs; got {'both' if sweep else 'neither'}.",
            next="Such as: --runs ID,ID,ID; list them: microscope runs --family train_sae",
        )
    settings = read_settings(device=device, home=home)
    with _silent() if as_json else nullcontext():
        ids, left_out = _succeeded(sweep, settings) if sweep else ([one.strip() for one in runs.split(",")], {})
    if len(ids) < 2:
        raise Invalid(
            f"{len(ids)} of the runs have succeeded; stability is of two or more.",
            next="Run the rest: microscope sweep … --execute",
        )
    from microscope.cli.running import run_here
    from microscope.families.sae_stability import SaeStability
    from microscope.services.sweeps import write_json

    recording = expanded(activations).absolute() if activations else None
    family = SaeStability(saes=tuple(ids), live_only=live_only, activations=recording, n_null=n_null, seed=seed)
    done = run_here(family, settings, as_json=as_json)
    write_json(output, {"run": done.row.id, "saes": ids, "left_out": left_out, **done.metrics})
    if not as_json:
        print(output)


def _succeeded(sweep: Path, settings: Settings) -> tuple[list[str], dict[str, str]]:
    """Runs of a sweep's children; and how those stand that are left out, by the child's name."""
    from microscope.services.runs import opened
    from microscope.services.sweeps import read_sweep

    left_out: dict[str, str] = {}
    ids: list[str] = []
    with opened(settings) as (runs, _):
        for child in read_sweep(sweep).children:
            status = runs.row(child.run).status if child.run else "never queued"
            if child.run and status == "succeeded":
                ids.append(child.run)
            else:
                left_out[child.name] = status
                print(f"{child.name} is left out: {status}.")
    return ids, left_out
