"""Verbs about sparse autoencoders: what is known, import, export, report cards."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from microscope.cli.options import Dtype, Home, Json, Model, Revision, Where
from microscope.cli.verbs import verb
from microscope.paths import expanded

Name = Annotated[str, typer.Argument(help="Slug of an SAE: microscope saes")]


def add(app: typer.Typer) -> None:
    """All of them."""
    verb(app, "saes")(list_saes)
    verb(app, "import-sae")(import_sae)
    verb(app, "forget-sae")(forget_sae)
    verb(app, "export-sae")(export_sae)
    verb(app, "card")(card)


def list_saes(as_json: Json = False, home: Home = None) -> None:
    """The SAEs that are known here. Shipped ones, your own, imported ones."""
    from microscope.cli.sae_tables import show_saes
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services

    with closing(Lab.open(read_settings(home=home))) as lab:
        listing = asyncio.run(open_services(lab).saes.list())
    if as_json:
        print(listing.model_dump_json())
    else:
        show_saes(listing)


def import_sae(
    source: Annotated[
        str, typer.Argument(help="Folder, file, zip, hub id owner/name or owner/name/folder; or a slug.")
    ],
    layer: Annotated[int | None, typer.Option(min=0, help="Which of several in a folder.", show_default=False)] = None,
    name: Annotated[str, typer.Option(help="To be its slug.", show_default="made of the source")] = "",
    site: Annotated[
        str | None,
        typer.Option(
            help="What it reads, such as L5.resid_post; '' takes back what was said.",
            show_default="what its files say",
        ),
    ] = None,
    model_name: Annotated[
        str | None,
        typer.Option(
            help="The model that it was trained on; '' takes back what was said.", show_default="what its files say"
        ),
    ] = None,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Take in an SAE, and print its report card. Of any known layout."""
    from microscope.cli.sae_tables import known_as, show_card
    from microscope.cli.session import opened, read_settings
    from microscope.services.twins import twins

    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        said = {"site": _said(site), "model_name": _said(model_name)}
        made = session.wait(session.services.saes.import_(source, layer=layer, name=name, **said))
        same = () if as_json else twins(session.services.saes.library, made.sae.slug)
    print(made.model_dump_json()) if as_json else show_card(made)
    if not as_json:
        print(known_as(made.sae))
    if same:
        print(f"The same weights as {', '.join(same)}.")


def _said(option: str | None) -> str | None:
    """As the service takes it: not given is silence, given and empty takes back."""
    return "" if option is None else option.strip() or None


def forget_sae(name: Name, home: Home = None) -> None:
    """Forget an imported SAE. Its files stay where they are, or are gone already."""
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services

    with closing(Lab.open(read_settings(home=home))) as lab:
        asyncio.run(open_services(lab).saes.forget(name))
    print(f"{name} is forgotten; files of it stay where they are.")


def export_sae(
    name: Name,
    out: Annotated[Path, typer.Option(help="Folder to write.", show_default="one of its name here")] = Path(),
    precision: Annotated[Literal["float32", "float16"], typer.Option(help="Of the tensors in the file.")] = "float32",
    home: Home = None,
) -> None:
    """Write an SAE as a folder that SAELens loads."""
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab
    from microscope.services import open_services

    with closing(Lab.open(read_settings(home=home))) as lab:
        folder = expanded(out if out != Path() else name).absolute()
        print(asyncio.run(open_services(lab).saes.export_to(name, folder, precision)))


def card(
    name: Name,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """What an SAE is, and its worth on a short text."""
    from microscope.cli.sae_tables import show_card
    from microscope.cli.session import opened, read_settings

    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        made = session.wait(session.services.saes.card(name))
    print(made.model_dump_json()) if as_json else show_card(made)
