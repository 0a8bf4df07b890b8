"""Adapters where they lie: beside a model, or in a folder that somebody named; known by the hash of their files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from microscope.engine.adapters import CONFIG, WEIGHTS, Adapter, beside, folder_of, read_adapter
from microscope.errors import NotFound, Trouble


def named(name: str, model_folder: Path) -> Adapter:
    """Kept until its files change.

    Raises:
        NotFound, Invalid, Unsupported: as `read_adapter` says.
    """
    try:
        return _read(name, model_folder, _stamps(folder_of(name, model_folder)))
    except OSError as error:  # Nobody may look there.
        raise NotFound(f"No adapter can lie at {name!r}: {error}.", next="Give its folder.") from error


def find(sha256: str, model_folder: Path, elsewhere: Iterable[str], called: str = "") -> Adapter:
    """
    Args:
        elsewhere: folders in which it may lie, if not beside the model.
        called: its name when a patch was made of it, where that is known.

    Raises:
        NotFound: none of them has these files any more.
    """
    for name in dict.fromkeys([*beside(model_folder), *elsewhere]):
        try:
            adapter = named(name, model_folder)
        except Trouble:
            continue
        if adapter.sha256 == sha256:
            return adapter
    who = f"an adapter that was called {called!r} when the patch was made," if called else "an adapter"
    raise NotFound(
        f"The patch attaches {who} whose files have the hash {sha256[:12]}; none beside the model has it, and "
        "no folder that a patch was made of.",
        next="Put its folder back, or make the patch anew from where it lies now.",
    )


def lasting(adapter: Adapter, model_folder: Path) -> str:
    """A name that finds it wherever the server is started: beside the model as it is called there, else its folder."""
    return adapter.name if adapter.name in beside(model_folder) else str(adapter.folder)


@lru_cache(maxsize=16)
def _read(name: str, model_folder: Path, _stamps: tuple[tuple[int, int], ...]) -> Adapter:
    return read_adapter(name, model_folder)


def _stamps(folder: Path) -> tuple[tuple[int, int], ...]:
    """Change with the files; empty where there are none."""
    files = [file for name in (CONFIG, WEIGHTS) if (file := folder / name).is_file()]
    return tuple((status.st_size, status.st_mtime_ns) for status in (file.stat() for file in files))
