"""Verbs about patches as files: import, list, show, export, and the server-wide switch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from microscope.cli.options import Dtype, Home, Json, Model, Revision, Where
from microscope.cli.verbs import verb
from microscope.paths import expanded

Hash = Annotated[str, typer.Argument(help="Hash of a patch: microscope patch list")]
Strength = Annotated[float, typer.Option(help="How much of it; 0 is none.")]


def add(app: typer.Typer) -> None:
    """All of them, below `patch`."""
    patch = typer.Typer(help="Patches as files: imported, listed, exported.", no_args_is_help=True)
    verb(patch, "import")(import_patch)
    verb(patch, "list")(list_patches)
    verb(patch, "show")(show)
    verb(patch, "export")(export)
    verb(patch, "rename")(rename)
    verb(patch, "toggle")(toggle)
    app.add_typer(patch, name="patch")


def import_patch(
    path: Annotated[
        str, typer.Argument(help="Folder, file or zip: a PEFT adapter, the older layout, steering vectors.")
    ],
    name: Annotated[
        str, typer.Option(help="In lists.", show_default="what it was kept as, else what it is called there")
    ] = "",
    look: Annotated[bool, typer.Option("--look", help="Only say what it is, and keep nothing.")] = False,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Take in a patch that another program wrote, and print its report card."""
    from microscope.cli.patch_tables import show_card, show_kept
    from microscope.cli.session import opened, read_settings
    from microscope.services.patch_files import Asked

    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        files = session.services.patch_files
        made = session.wait(files.import_path(str(expanded(path).absolute()), Asked(not look, name)))
    if as_json:
        print(made.model_dump_json())
    else:
        show_card(made.card)
        show_kept(made)


def list_patches(
    q: Annotated[str, typer.Argument(help="Words of its name, or of what it does.", show_default=False)] = "",
    as_json: Json = False,
    home: Home = None,
) -> None:
    """The patches that are kept here. The last one first."""
    from microscope.cli.patch_tables import show_patches
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services

    with closing(Lab.open(read_settings(home=home), chats=False)) as lab:
        found = open_services(lab).patches.library.list(q)
    print(found.model_dump_json()) if as_json else show_patches(found)


def show(
    hash: Hash,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """What a kept patch changes, and what that does to a short text."""
    from microscope.cli.patch_tables import show_card
    from microscope.cli.session import opened, read_settings

    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        card = session.wait(session.services.patch_files.card(hash))
    print(card.model_dump_json()) if as_json else show_card(card)


def export(
    hash: Annotated[str, typer.Argument(help="Hash of a patch or of a set of patches.")],
    out: Annotated[Path, typer.Option(help="Folder in which a folder patch-HASH is made.")] = Path(),
    format: Annotated[
        Literal["peft", "merged", "safetensors", "gguf"],
        typer.Option("--format", help="A LoRA, a whole model, or steering vectors."),
    ] = "peft",
    strength: Strength = 1.0,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Write a patch or a set as a folder for another program, and print where."""
    from microscope.cli.session import opened, read_settings
    from microscope.services.patches import named_members
    from microscope.wire.patch_files import ExportPatches
    from microscope.wire.patches import NamedPatch

    asked = ExportPatches(members=tuple(named_members((NamedPatch(hash=hash, strength=strength),))), format=format)
    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        folder = expanded(out).absolute()
        print(folder / session.wait(session.services.patch_exports.write(asked, folder)))


def rename(
    hash: Hash,
    name: Annotated[str, typer.Argument(help="What it is to be called; its hash stays.")],
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Give a patch another name."""
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services
    from microscope.wire.patches import PatchName

    with closing(Lab.open(read_settings(home=home), chats=False)) as lab:
        made = open_services(lab).patches.library.call(hash, PatchName(name=name).name)
    print(made.model_dump_json() if as_json else f"{hash} is called {made.name}.")


def toggle(
    hash: Hash,
    strength: Annotated[
        float | None,
        typer.Option(help="On, and how much of it. Without, it is turned over, on at 1.", show_default=False),
    ] = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="On or off, whatever it was.", show_default=False)
    ] = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Switch a patch on, or off, for requests that name none."""
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services
    from microscope.wire.patch_files import TogglePatch

    with closing(Lab.open(read_settings(home=home), chats=False)) as lab:
        now = open_services(lab).patch_inference.toggle(hash, TogglePatch(enabled=enabled, strength=strength))
    if as_json:
        print(now.model_dump_json())
    else:
        print(f"{hash} is on at strength {now.strength:g}." if now.enabled else f"{hash} is off.")
