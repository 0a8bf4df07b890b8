"""Adapters where they lie: beside a model, or in a folder that somebody named; known by the hash of their files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from microscope.engine.adapters import CONFIG, WEIGHTS, Adapter, read_adapter
from microscope.errors import NotFound, Trouble


def named(name: str, model_folder: Path) -> Adapter:
    """Kept until its files change.

    Raises:
        NotFound, Invalid, Unsupported: as `read_adapter` says.
    """
    try:
        beside = model_folder / "adapters" / name
        folder = beside if beside.is_dir() else Path(name).expanduser()
        return _read(name, model_folder, _stamps(folder))
    except (OSError, RuntimeError) as error:  # A name that is too long for a file, a home of nobody.
        raise NotFound(f"No adapter can lie at {name!r}: {error}.", next="Give its folder.") from error


def find(sha256: str, model_folder: Path, elsewhere: Iterable[str]) -> Adapter:
    """
    Args:
        elsewhere: folders in which it may lie, if not beside the model.

    Raises:
        NotFound: none of them has these files any more.
    """
    beside = sorted(one.parent.name for one in (model_folder / "adapters").glob(f"*/{CONFIG}"))
    for name in dict.fromkeys([*beside, *elsewhere]):
        try:
            adapter = named(name, model_folder)
        except Trouble:
            continue
        if adapter.sha256 == sha256:
            return adapter
    raise NotFound(
        f"The patch attaches an adapter whose files have the hash {sha256[:12]}; none beside the model has it, and no "
        "folder that a patch was made of.",
        next="Put its folder back, or make the patch anew from where it lies now.",
    )


@lru_cache(maxsize=16)
def _read(name: str, model_folder: Path, _stamps: tuple[tuple[int, int], ...]) -> Adapter:
    return read_adapter(name, model_folder)


def _stamps(folder: Path) -> tuple[tuple[int, int], ...]:
    """Change with the files; empty where there are none."""
    files = [file for name in (CONFIG, WEIGHTS) if (file := folder / name).is_file()]
    return tuple((status.st_size, status.st_mtime_ns) for status in (file.stat() for file in files))
