"""What a run needs to go on: one safetensors file, so that it is replaced as a whole.

Tensors by name; in its metadata the generator's own state, and what of the tables and the curves counts with it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import JsonValue
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from microscope.errors import Invalid
from microscope.store.run_folder import in_words

KEY = "checkpoint"
"""In the metadata."""


class Kept(NamedTuple):
    """A checkpoint as it lies on the disk."""

    tensors: dict[str, Tensor]
    state: dict[str, JsonValue]
    parts: dict[str, int]
    """How many parts of each table were written before it."""

    series_bytes: int
    """How long the curves were."""

    reads: dict[str, dict[str, JsonValue]]
    """What it was made of; empty where nobody said."""


def write_checkpoint(path: Path, kept: Kept) -> None:
    """
    Args:
        kept: tensors on the CPU, which share no memory.

    Raises:
        NoRoom: the disk is full; the checkpoint before it stays.
    """
    about = json.dumps({name: value for name, value in kept._asdict().items() if name != "tensors"})
    temporary = path.with_name(f".{path.name}")
    with in_words(path):
        try:
            save_file(kept.tensors, temporary, metadata={KEY: about})
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except SafetensorError as wrong:  # How it tells of a full disk.
            raise OSError(str(wrong)) from wrong
        finally:
            temporary.unlink(missing_ok=True)


def read_checkpoint(path: Path) -> Kept | None:
    """None where there is none.

    Raises:
        Invalid: it is damaged.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {})[KEY])
        return Kept(load_file(path), about["state"], about["parts"], about["series_bytes"], about.get("reads", {}))
    except (SafetensorError, OSError, ValueError, KeyError) as wrong:
        raise Invalid(
            f"The checkpoint {path} cannot be read: {wrong}.", next="Delete it, and the run begins anew when requeued."
        ) from wrong
