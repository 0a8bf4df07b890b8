"""PEFT: adapter_config.json beside adapter_model.safetensors, or beside adapter_model.bin of older versions."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import torch
from torch import Tensor

from microscope.errors import Invalid, Unsupported
from microscope.store.patch_formats.base import AGAIN, AdapterFile, read_json, read_tensors

CONFIG = "adapter_config.json"
WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")


def is_one(folder: Path) -> bool:
    return (folder / CONFIG).is_file() and any((folder / name).is_file() for name in WEIGHTS)


def read(folder: Path) -> AdapterFile:
    """
    Raises:
        Invalid: files that cannot be read.
        Unsupported: a pickle that holds more than tensors.
    """
    safe, pickled = (folder / name for name in WEIGHTS)
    return AdapterFile(read_json(folder / CONFIG), read_tensors(safe) if safe.is_file() else _unpickled(pickled))


def _unpickled(path: Path) -> dict[str, Tensor]:
    """With `weights_only`, which runs nothing of the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of other pickle protocols; what comes of them is told below.
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Unsupported(
            f"{path.name} is a pickle that holds more than tensors, and reading it would run code.",
            next="Save the adapter as safetensors where you trust it: save_pretrained of PEFT does.",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise Invalid(f"{path.name} cannot be read as a torch file: {error}.", next=AGAIN) from error
    if not isinstance(held, dict) or not all(isinstance(one, Tensor) for one in held.values()):
        raise Invalid(f"{path.name} holds something else than tensors by name.", next=AGAIN)
    return {str(name): value for name, value in held.items()}
