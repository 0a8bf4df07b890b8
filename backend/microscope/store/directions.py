"""Directions in safetensors files: those that somebody has, and those that were uploaded.

directions/<first 16 digits of the file's SHA-256>.safetensors
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from safetensors import SafetensorError, deserialize, safe_open
from torch import Tensor

from microscope.errors import Invalid, NotFound
from microscope.store.files import Folder

GIVE = "Give a safetensors file with one tensor of shape (d_model,), or name one of its tensors."


class Listed(NamedTuple):
    """A tensor in a file."""

    name: str
    shape: tuple[int, ...]


def tensors_in(path: Path) -> tuple[Listed, ...]:
    """Names and shapes, without the numbers.

    Raises:
        NotFound: no file is there, or nobody may read it.
        Invalid: it is no safetensors file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return tuple(Listed(name, tuple(file.get_slice(name).get_shape())) for name in sorted(file.keys()))
    except OSError as error:
        raise NotFound(f"No safetensors file can be read at {path}: {error.strerror or error}.", next=GIVE) from error
    except SafetensorError as error:
        raise Invalid(f"{path} cannot be read as safetensors: {error}.", next=GIVE) from error


def direction_in(path: Path, name: str) -> Float[Tensor, " d_model"]:
    """A tensor as a direction, float32; as long as it is there.

    Args:
        name: of the tensor; empty for that of a file with one alone.

    Raises:
        NotFound: no such file, or no such tensor in it.
        Invalid: no safetensors file, or a tensor that is no direction.
    """
    listed = {one.name: one.shape for one in tensors_in(path)}
    if not name and len(listed) != 1:
        raise Invalid(f"{path.name} holds {len(listed)} tensors: {_some(listed)}.", next="Name one of them.")
    chosen = name or next(iter(listed))
    if chosen not in listed:
        raise NotFound(f"{path.name} holds no tensor {chosen!r}; it has {_some(listed)}.", next="Name one of them.")
    shape = listed[chosen]
    if max(shape, default=0) != torch.Size(shape).numel():  # (1, d_model) is as good.
        raise Invalid(f"{chosen!r} in {path.name} has the shape {shape}; expected (d_model,).", next=GIVE)
    with safe_open(path, framework="pt") as file:
        values = file.get_tensor(chosen).flatten()
    if not values.is_floating_point() or not values.float().isfinite().all():
        raise Invalid(f"{chosen!r} in {path.name} holds what is no finite number.", next=GIVE)
    return values.float()


def _some(listed: dict[str, tuple[int, ...]], most: int = 8) -> str:
    """Names of tensors, in words."""
    names = [*map(repr, list(listed)[:most]), *(["…"] if len(listed) > most else [])]
    return ", ".join(names) or "none at all"


def keep_file(folder: Folder, content: bytes) -> Path:
    """Write down what was uploaded; the same bytes have the same name.

    Raises:
        Invalid: it is no safetensors file: then nothing is kept.
    """
    try:
        deserialize(content)
    except SafetensorError as error:
        raise Invalid(f"What was uploaded cannot be read as safetensors: {error}.", next=GIVE) from error
    return folder.write(f"directions/{hashlib.sha256(content).hexdigest()[:16]}.safetensors", content)
