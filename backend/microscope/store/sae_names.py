"""What a word means that is to name an SAE: something that lies here, or one that the library knows.

`./mine`, `~/saes/mine` and `mine.safetensors` are paths. A bare word is the library's SAE of that name, whatever lies
in the folder one stands in: what an export wrote there must not take the place of what was exported. One that the
library does not know is what lies here.
"""

from __future__ import annotations

from pathlib import Path

from microscope.errors import Invalid
from microscope.paths import expanded
from microscope.store.sae_formats.base import SUFFIXES
from microscope.store.saes import Library


def written_as_path(name: str) -> bool:
    """By its letters alone."""
    return "/" in name or Path(name).suffix in SUFFIXES


def is_path(name: str, library: Library) -> bool:
    """See the head of this file; false of what is neither."""
    return written_as_path(name) or (_lies_here(name) and name not in library.list().entries)


def _lies_here(name: str) -> bool:
    try:
        return expanded(name).exists()
    except (OSError, Invalid):  # What no path can be.
        return False
