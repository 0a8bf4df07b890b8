"""Patches as other programs write them: a folder or a file says by itself what it is; nobody is asked."""

from __future__ import annotations

from pathlib import Path

from microscope.errors import Invalid, NotFound
from microscope.store.patch_formats import older, peft, vectors
from microscope.store.patch_formats.base import EXPECTED, Found

_BESIDE = (".DS_Store", "__MACOSX")
_DEEP = 3
"""Folders in folders that are looked through."""


def read(path: Path) -> Found:
    """What lies at a path: a LoRA of PEFT, patches of the older layout, or steering vectors.

    Raises:
        NotFound: nothing is there.
        Invalid, Unsupported, TooLarge: it cannot be read, or is several things, or none of these.
    """
    if not path.exists():
        raise NotFound(f"There is nothing at {path}.", next=f"Give {EXPECTED}.")
    if path.is_file():
        return _file(path)
    homes = [home for home in _folders(path, _DEEP) if _is_one(home)]
    if len(homes) > 1:
        names = ", ".join(str(home.relative_to(path)) for home in homes[:4])
        raise Invalid(f"{path.name} holds {len(homes)} patches: {names}.", next="Give one of these folders.")
    if homes:
        return peft.read(homes[0]) if peft.is_one(homes[0]) else older.read(homes[0])
    folders = _folders(path, _DEEP)
    files = [file for home in folders for file in sorted(home.iterdir()) if vectors.is_one(file)]
    if len(files) != 1:
        what = f"{len(files)} files of tensors" if files else "no such file"
        raise Invalid(f"Expected {EXPECTED}; found {what}.", next=_hint(folders))
    return _file(files[0])


def _file(path: Path) -> Found:
    if path.name in (peft.CONFIG, *peft.WEIGHTS) and peft.is_one(path.parent):
        return peft.read(path.parent)
    if path.name in (peft.CONFIG, *peft.WEIGHTS):
        raise Invalid(f"{path.name} lies here alone.", next=_hint([path.parent]))
    if path.name == older.METADATA:
        return older.read(path.parent)
    if vectors.is_one(path):
        return vectors.read(path)
    raise Invalid(f"Expected {EXPECTED}; got {path.name}.", next=_hint([path.parent]))


def _is_one(folder: Path) -> bool:
    return peft.is_one(folder) or (folder / older.METADATA).is_file()


def _hint(folders: list[Path]) -> str:
    """What is missing, where half of it is there."""
    if any((folder / peft.CONFIG).is_file() for folder in folders):
        return f"Give {peft.WEIGHTS[0]} beside {peft.CONFIG}: both files, or their folder."
    if any((folder / name).is_file() for folder in folders for name in peft.WEIGHTS):
        return f"Give {peft.CONFIG} beside the weights: both files, or their folder."
    return "Give it, or a zip of it."


def _folders(path: Path, deep: int) -> list[Path]:
    """This one and those in it."""
    inside = sorted(one for one in path.iterdir() if one.is_dir() and one.name not in _BESIDE) if deep else []
    return [path, *(home for one in inside for home in _folders(one, deep - 1))]
