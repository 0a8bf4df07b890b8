"""Steering vectors as repeng writes them: `direction.<layer>` is added behind that block, counted from 0.

    .gguf           general.architecture "controlvector"; controlvector.model_hint, controlvector.layer_count
    .safetensors    metadata model_hint

repeng: github.com/vgel/repeng. llama.cpp reads the same GGUF, but no vector behind block 0.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader, GGUFWriter
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from microscope.errors import Incompatible, Invalid, TooLarge, Unsupported
from microscope.store.patch_formats.base import AGAIN, Vectors, read_tensors

ARCHITECTURE = "controlvector"
MAX_LAYERS = 1_024

_KEY = re.compile(r"direction\.(\d{1,6})")
_READ = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


def is_one(path: Path) -> bool:
    """By its name: whether there is a need to look into it."""
    return path.suffix in (".gguf", ".safetensors") and path.is_file() and not path.name.startswith(".")


def read(path: Path) -> Vectors:
    """
    Raises:
        Invalid: it cannot be read, or its vectors are none, or not finite, or of several widths.
        Unsupported: other tensors than steering vectors, or quantised ones.
        TooLarge: over `MAX_LAYERS`.
    """
    layout = "GGUF" if path.suffix == ".gguf" else "safetensors"
    hint, tensors = _gguf(path) if layout == "GGUF" else _safetensors(path)
    if len(tensors) > MAX_LAYERS:
        raise TooLarge(
            f"{path.name} holds {len(tensors):,} tensors; at most {MAX_LAYERS:,} are taken.", next="Part it."
        )
    found: dict[int, Tensor] = {}
    for name, tensor in tensors.items():
        match = _KEY.fullmatch(name)
        if match is None:
            raise Unsupported(
                f"{path.name} holds {name!r:.100}; expected steering vectors, direction.<layer> alone.",
                next="Of a PEFT adapter give the folder with adapter_config.json; an SAE is imported on /saes.",
            )
        found[int(match[1])] = _vector(path, name, tensor)
    if not found:
        raise Invalid(f"{path.name} holds no tensors.", next=AGAIN)
    if len(widths := {len(vector) for vector in found.values()}) > 1:
        raise Incompatible(f"The vectors of {path.name} have {sorted(widths)} dimensions; expected one.", next=AGAIN)
    return Vectors(layout, hint, dict(sorted(found.items())))


def _vector(path: Path, name: str, tensor: Tensor) -> Float[Tensor, " d_model"]:
    if tensor.dtype not in _READ or not tensor.numel() or tensor.numel() != max(tensor.shape, default=0):
        raise Invalid(
            f"{name} of {path.name} is {tuple(tensor.shape)} of {tensor.dtype}; expected (d_model,) floats.", next=AGAIN
        )
    vector = tensor.reshape(-1).float()
    if not vector.isfinite().all() or not vector.any():
        what = "nothing but 0" if vector.isfinite().all() else "values that are not finite"
        raise Invalid(f"{name} of {path.name} holds {what}.", next="Make it again.")
    return vector


def _safetensors(path: Path) -> tuple[str, dict[str, Tensor]]:
    tensors = read_tensors(path)
    try:
        with safe_open(path, "pt") as file:
            return (file.metadata() or {}).get("model_hint", ""), tensors
    except (OSError, SafetensorError) as error:
        raise Invalid(f"{path.name} cannot be read as safetensors: {error}.", next=AGAIN) from error


def _gguf(path: Path) -> tuple[str, dict[str, Tensor]]:
    try:
        reader = GGUFReader(path)
        architecture, hint = (_text(reader, key) for key in ("general.architecture", f"{ARCHITECTURE}.model_hint"))
        tensors = {one.name: np.array(one.data) for one in reader.tensors}
    # The reader trusts the sizes that the file says; whatever it trips over is a file that is damaged.
    except (OSError, ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError, AttributeError) as error:
        raise Invalid(f"{path.name} cannot be read as GGUF: {error}.", next=AGAIN) from error
    if architecture != ARCHITECTURE:
        raise Unsupported(
            f"{path.name} is a GGUF of {architecture!r:.60}; expected {ARCHITECTURE!r}.",
            next="Give the file that repeng's export_gguf wrote.",
        )
    return hint, {name: torch.from_numpy(value.copy()) for name, value in tensors.items()}


def _text(reader: GGUFReader, key: str) -> str:
    field = reader.get_field(key)
    return bytes(field.parts[-1]).decode(errors="replace") if field is not None and field.parts else ""


def as_safetensors(directions: Mapping[int, Tensor], model_hint: str) -> bytes:
    """The file's bytes."""
    return save(_named(directions), metadata={"format": "pt", "model_hint": model_hint})


def as_gguf(directions: Mapping[int, Tensor], model_hint: str) -> bytes:
    """The file's bytes, as repeng's `ControlVector.export_gguf` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.gguf"
        writer = GGUFWriter(path, ARCHITECTURE)
        writer.add_string(f"{ARCHITECTURE}.model_hint", model_hint)
        writer.add_uint32(f"{ARCHITECTURE}.layer_count", len(directions))
        for name, vector in _named(directions).items():
            writer.add_tensor(name, vector.numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def _named(directions: Mapping[int, Tensor]) -> dict[str, Tensor]:
    return {f"direction.{layer}": vector.float().cpu().contiguous() for layer, vector in sorted(directions.items())}
