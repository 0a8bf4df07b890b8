"""Adapters that patches attach, kept as they were: `adapters/<first 16 digits of their hash>/<name>/` in the home."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from microscope.errors import NoRoom
from microscope.store.files import Folder
from microscope.store.staging import Staging

FOLDER = "adapters"


def place_of(folder: Folder, sha256: str, name: str) -> Path:
    """Where one lies, or is to lie; what was kept before keeps its name."""
    return next(iter(kept(folder, sha256)), folder.path(f"{FOLDER}/{sha256[:16]}/{name}"))


def kept(folder: Folder, sha256: str) -> list[Path]:
    """The folder of one, if it is kept."""
    home = folder.path(f"{FOLDER}/{sha256[:16]}")
    if not home.is_dir():
        return []
    return sorted(one for one in home.iterdir() if one.is_dir() and not one.name.startswith("."))


def keep(place: Path, files: Mapping[str, bytes]) -> None:
    """All of its files, or none.

    Raises:
        NoRoom: the disk is full.
    """
    try:
        staging = Staging(place)
        try:
            for name, content in files.items():
                Folder(staging.path).write(name, content)
            staging.take_place()
        finally:
            staging.discard()
    except OSError as trouble:
        raise NoRoom(
            f"Could not write {place}: {trouble.strerror}.", next="Free some disk space and try again."
        ) from trouble
