"""Adapters that were imported: `adapters/<first 16 digits of their hash>/<name>/` below the home folder."""

from __future__ import annotations

from pathlib import Path

from microscope.store.files import Folder

FOLDER = "adapters"


def place_of(folder: Folder, sha256: str, name: str) -> Path:
    """Where one lies, or is to lie; what was imported before keeps its name."""
    return next(iter(imported(folder, sha256)), folder.path(f"{FOLDER}/{sha256[:16]}/{name}"))


def imported(folder: Folder, sha256: str) -> list[Path]:
    """The folder of one, if it was imported."""
    home = folder.path(f"{FOLDER}/{sha256[:16]}")
    return sorted(one for one in home.iterdir() if one.is_dir()) if home.is_dir() else []
