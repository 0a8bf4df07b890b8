"""What runs make outside of their directories: SAEs become known to the library, and pages link to what there is.

A link is made when it is asked for: an SAE that was removed since has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import JsonValue

from microscope.errors import Trouble
from microscope.families import base
from microscope.lab import Lab
from microscope.services.patch_library import MadeFor, PatchLibrary
from microscope.store.activations import JOURNAL, read_journal
from microscope.store.activity import harvested, place_of
from microscope.store.files import Folder
from microscope.store.objects import Objects
from microscope.store.patches import MADE, PATCHES
from microscope.store.run_folder import sha256
from microscope.store.saes import Library
from microscope.wire.patches import FromContent
from microscope.wire.runs import Made, RunLink


def register(library: Library, made: Iterable[base.Made], run: str) -> list[Trouble]:
    """Make SAEs known that lie anywhere, and what run made them; what is wrong with those that cannot be read."""
    troubles: list[Trouble] = []
    for one in made:
        if one.what == "sae":
            try:
                library.register(one.path, str(one.path), run="" if one.found else run)
            except Trouble as trouble:
                troubles.append(trouble)
    return troubles


def keep_patches(lab: Lab, library: PatchLibrary, result: base.Result, run: str) -> base.Result:
    """Put the patches that a run found into the library; they are among what it made."""
    kept = [
        library.keep(
            one.patch,
            one.name,
            FromContent(patch=one.patch, run=run),
            MadeFor(one.model.name, one.model.weights_sha256),
        )
        for one in result.patches
    ]
    made = tuple(base.Made("patch", lab.objects.path(PATCHES, one.hash)) for one in kept)
    return result._replace(made=(*result.made, *made))


def hashed(made: Iterable[base.Made]) -> dict[str, JsonValue]:
    """Bytes and SHA-256 of every file, by its path; of a recording, which may be large, of its journal, with the hash
    of the tokens that the journal names.
    """
    return {str(file): _row(file) for one in made for file in _files(one.path)}


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if (path / JOURNAL).is_file():
        return [path / JOURNAL]
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))


def _row(file: Path) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {"bytes": file.stat().st_size, "sha256": sha256(file)}
    if file.name == JOURNAL:
        row["tokens_sha256"] = read_journal(file.parent).header.tokens_sha256
    return row


def links(home: Folder, library: Library, made: Sequence[Made]) -> tuple[RunLink, ...]:
    """Addresses of what has a page, by the names that the pages know it by."""
    return tuple(link for one in made if (link := _link(home, library, one)))


def _link(home: Folder, library: Library, made: Made) -> RunLink | None:
    path = Path(made.path)
    match made.what:
        case "sae":
            entry = library.find(path)
            return RunLink(title=f"SAE {entry.slug}", href=f"/saes/{entry.slug}") if entry else None
        case "features":
            there = path.name in harvested(home) and place_of(home, path.name).resolve() == path.resolve()
            return RunLink(title=f"Features of {path.name}", href=f"/features?sae={path.name}") if there else None
        case "lens":
            return RunLink(title="Tuned lens", href="/lens") if path.is_file() else None
        case "patch":
            return _patch_link(home, path.stem) if path.is_file() else None
        case _:  # A recording has no page; its path is told.
            return None


def _patch_link(home: Folder, hash: str) -> RunLink:
    try:
        beside = Objects(home).get(PATCHES, hash).get(MADE)
    except Trouble:  # Its page tells why.
        beside = None
    called = beside.get("name") if isinstance(beside, dict) else None
    return RunLink(title=f"Patch {called or hash}", href=f"/patches/{hash}")
