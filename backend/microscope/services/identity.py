"""Which specs are the same work: alike in every field, and in what lies where they read.

A path means what it holds. A recording that was replaced under its name makes other work of the same words, so that
nobody is told that it was done already and no training goes on from another's checkpoint. What is looked at:

a recording        its journal: model, adapter, sites, hash of the tokens, numbers of rows
any other file     its bytes; of one that is large, its size, its date and both ends
a folder           all files in it by their names, but for the metrics that an evaluation writes beside an SAE
a name             of the library's SAEs, and a run that made one: the files of that SAE
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from microscope.families.base import Family
from microscope.lab import Lab
from microscope.paths import expanded
from microscope.settings import Settings
from microscope.store import runs
from microscope.store.activations import JOURNAL, read_journal
from microscope.store.checkpoints import METRICS
from microscope.store.files import Folder
from microscope.store.objects import canonical
from microscope.store.run_folder import MADE, RunFolder
from microscope.store.sae_names import is_path
from microscope.store.saes import Library

LARGE_BYTES = 1 << 26
"""A file of more bytes is not read through: what is asked before every run takes less than a second."""

END_BYTES = 1 << 20
"""Read at either end of such a file."""

SAES = ("sae", "saes")
"""Fields that name SAEs, where the library's name comes before what lies here under it."""

NOT_READ = ("kind", "out", "name")
"""Fields that name no input."""


def spec_sha256(lab: Lab, family: Family) -> str:
    """Of its canonical JSON with paths from the root, and of what it reads as far as it is there."""
    whole: dict[str, JsonValue] = {"spec": anywhere(family).model_dump(mode="json"), "reads": {**reads(lab, family)}}
    return hashlib.sha256(canonical(whole)).hexdigest()


def anywhere(family: Family) -> Family:
    """With paths that do not depend on the folder one stands in."""
    changed: dict[str, Any] = {}
    for field, value in family:
        match value:
            case Path():
                changed[field] = expanded(value).absolute()
            case (Path(), *_):
                changed[field] = tuple(expanded(one).absolute() for one in value)
            case _:
                pass
    return family.model_copy(update=changed)


def sae_anywhere(settings: Settings, named: str) -> str:
    """An SAE's path, from the root; a name of the library's, or of nothing, as it is."""
    library = Library(Folder(settings.home), settings.sae_cache_dir)
    return str(expanded(named).absolute()) if is_path(named, library) else named


def reads(lab: Lab, family: Family) -> dict[str, str]:
    """SHA-256 of what lies at each path that the spec names, by its path; what is not there is left out."""
    return {str(path): content_sha256(path) for path in dict.fromkeys(_paths(lab, family))}


def content_sha256(path: Path) -> str:
    """See the head of this file."""
    if path.is_file():
        stat = path.stat()
        return _of_file(path, stat.st_size, stat.st_mtime_ns)
    if (path / JOURNAL).is_file():
        return hashlib.sha256(read_journal(path).model_dump_json().encode()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != METRICS)
    named = "".join(f"{file.relative_to(path).as_posix()} {content_sha256(file)}\n" for file in files)
    return hashlib.sha256(named.encode()).hexdigest()


@lru_cache(maxsize=4_096)
def _of_file(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        if size <= LARGE_BYTES:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256(f"{size} {changed_ns}\n".encode())
        digest.update(file.read(END_BYTES))
        file.seek(-END_BYTES, 2)
        digest.update(file.read())
        return digest.hexdigest()


def _paths(lab: Lab, family: Family) -> Iterator[Path]:
    """From the root; of SAEs that are named otherwise, where these lie."""
    library = Library(lab.folder, lab.settings.sae_cache_dir)
    for field, value in family:
        for one in () if field in NOT_READ else value if isinstance(value, tuple) else (value,):
            if isinstance(one, Path | str) and str(one) not in ("", "."):
                yield from _meant(lab, library, one, of_sae=field in SAES)


def _meant(lab: Lab, library: Library, named: Path | str, *, of_sae: bool) -> Iterator[Path]:
    path = expanded(named).absolute()
    try:
        there = path.exists() and not (of_sae and not is_path(str(named), library))
    except OSError:  # A text that is too long to name a file.
        there = False
    if there:
        yield path
    elif isinstance(named, Path):
        return
    elif runs.find(lab.database, named) is not None:
        made = RunFolder(lab.folder, named).read_json(MADE) or []
        yield from (Path(one["path"]) for one in made if Path(one["path"]).exists())
    elif entry := library.list().entries.get(named):
        yield entry.path
