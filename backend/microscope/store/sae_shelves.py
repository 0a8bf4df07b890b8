"""What lies on a shelf of SAEs.

    <shelf>/sae_layer_3/               an SAE
           grp/sae_layer_3/            a folder of SAEs
           swept/train-sae-3fa9c1d2e4/sae_layer_3/

Of the shelves that come with the program only those are shipped that `shipped.json` names beside them, with these
weights: what is trained into such a folder is its user's, in the place of a shipped one, too.
"""

from __future__ import annotations

import json
from pathlib import Path

from microscope.store.checkpoints import candidates
from microscope.store.sae_formats.saelens import WEIGHTS
from microscope.store.sae_register import weights_sha256

SHIPPED_NAMES = "shipped.json"
"""What is shipped in a folder: names, with the SHA-256 of each one's file of weights."""

DEPTH = 3
"""Of folders in a shelf's folders that are looked into."""


def shipped_in(shelf: Path) -> tuple[Path, ...]:
    """In the order of their list; none where there is no list. One whose file of weights is gone is among them."""
    file = shelf / SHIPPED_NAMES
    named = json.loads(file.read_text()) if file.is_file() else {}
    return tuple(shelf / name for name, sha256 in named.items() if _is_of(shelf / name / WEIGHTS, sha256))


def is_shipped(folder: Path) -> bool:
    """Whether it lies where it came with the program, as it came."""
    return folder in shipped_in(folder.parent)


def inside(shelf: Path) -> tuple[Path, ...]:
    """Folders that hold an SAE, or should: what is right on the shelf comes before what lies deeper."""
    found = [one for child in _folders(shelf) for one in _saes(child, DEPTH)]
    return tuple(sorted(found, key=lambda path: (len(path.parts), path)))


def _is_of(weights: Path, sha256: str) -> bool:
    return not weights.is_file() or weights_sha256(weights) == sha256


def _saes(folder: Path, depth: int) -> list[Path]:
    """The folder itself, or those in it where it is a folder of SAEs; one without a file is none."""
    try:
        if candidates(folder):
            return [folder]
        deeper = [one for child in _folders(folder) for one in _saes(child, depth - 1)] if depth else []
        if any(candidates(one) for one in deeper):
            return deeper
        return [folder] if any(one.is_file() for one in folder.rglob("*")) else []
    except OSError:  # Told by whoever reads it.
        return [folder]


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))
