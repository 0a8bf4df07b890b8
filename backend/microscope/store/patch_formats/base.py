"""What the files of a patch come to, whatever their layout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from microscope.errors import Invalid

EXPECTED = (
    "the folder of a PEFT adapter (adapter_config.json, adapter_model.safetensors), one of the older layout "
    "(patch_metadata.json), or a file of steering vectors (.gguf, .safetensors)"
)
AGAIN = "Copy it again."


class AdapterFile(NamedTuple):
    """A LoRA as PEFT has it."""

    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]


class OlderPatch(NamedTuple):
    """One patch of the older layout; its modules are named with `_` in the place of dots."""

    name: str
    rank: int
    strength: float
    """What its program said of it; its matrices hold it already."""

    modules: Mapping[str, tuple[Float[Tensor, "rank d_in"], Float[Tensor, "d_out rank"]]]


class OlderPatches(NamedTuple):
    patches: tuple[OlderPatch, ...]


class Vectors(NamedTuple):
    """What is added behind each block."""

    layout: str
    """safetensors or GGUF."""

    model_hint: str
    """Kind of model that they were made for, such as `gpt2`; empty where the file does not say."""

    directions: Mapping[int, Float[Tensor, " d_model"]]
    """By the block behind which they are added, from 0."""


Found = AdapterFile | OlderPatches | Vectors


def read_json(path: Path) -> dict[str, Any]:
    """
    Raises:
        Invalid: no JSON object.
    """
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{path.name} cannot be read: {error}.", next=AGAIN) from error
    if not isinstance(value, dict):
        raise Invalid(f"{path.name} holds a {type(value).__name__}; expected an object.", next=AGAIN)
    return value


def read_tensors(path: Path) -> dict[str, Tensor]:
    """
    Raises:
        Invalid: no safetensors, or a cut one.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise Invalid(f"{path.name} cannot be read as safetensors: {error}.", next=AGAIN) from error
