"""Patches and their report cards as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from microscope.cli.tables import readable
from microscope.wire.patch_files import ChangedModule, PatchCard, PatchImported
from microscope.wire.patches import PatchList


def show_patches(listing: PatchList) -> None:
    console = Console()
    table = Table(
        *(Column(name, no_wrap=True) for name in ("hash", "on", "kind")),
        *(Column(name, no_wrap=True, overflow="ellipsis", min_width=8) for name in ("name", "model")),
        box=None,
        pad_edge=False,
    )
    for one in listing.items:
        cells = (one.hash, "on" if one.enabled else "", one.kind, one.name, one.model_name)
        table.add_row(*(Text(readable(cell)) for cell in cells))
    console.print(table if listing.items else Text("There are none. Import one: microscope patch import PATH"))
    if any(one.enabled for one in listing.items):
        says = "on: POST /api/inference runs it where no patches are named (microscope patch toggle)."
        console.print(Text(says), soft_wrap=True)
    for broken in listing.broken:
        console.print(Text(f"{broken.hash}: {readable(broken.error)} {broken.next}", style="yellow"), soft_wrap=True)


def show_card(card: PatchCard) -> None:
    """What it is, then what it changes, then what that does."""
    console = Console()
    for line in _lines(card):
        console.print(Text(readable(line)), soft_wrap=True)
    if card.modules:
        numbers = ("layer", "rank", "effective rank", "norm", "share of ‖W‖")
        columns = (Column(name, no_wrap=True, justify="right") for name in numbers)
        table = Table(Column("module", no_wrap=True), *columns, box=None, pad_edge=False)
        for one in card.modules:
            table.add_row(*map(Text, _row(one)))
        console.print(table)
    for warning in card.warnings:
        console.print(Text(readable(warning), style="yellow"), soft_wrap=True)


def show_kept(made: PatchImported) -> None:
    for one in made.patches:
        print(f"Kept as {one.hash}: {readable(one.name)}")
    if made.set:
        print(f"All of them are the set {made.set}.")


def _lines(card: PatchCard) -> Iterator[str]:
    if card.format:
        yield f"{card.format}, for {card.base_model or 'a model that its files do not name'}; held against {card.model}"
    yield from card.says
    controls = ", ".join(f"{one:.3g}" for one in card.control_kl)
    kl = "not a number" if card.kl is None else f"{card.kl:.3g} nats"
    yield f"KL to the model as it is over {card.tokens} tokens: {kl}; of random pushes as hard: {controls}"


def _row(one: ChangedModule) -> Iterator[str]:
    yield one.module
    yield "" if one.layer is None else str(one.layer)
    yield str(one.rank)
    yield f"{one.effective_rank:.2f}"
    yield f"{one.norm:.4g}"
    yield "" if one.share is None else f"{one.share:.3g}"
