"""Weight edits merged into a copy of the weights: a folder that transformers' `from_pretrained` loads.

Where embeddings that are tied to the unembedding are changed, the two are parted and `tie_word_embeddings` is false:
the unembedding stays as it was. Changes are computed in float32 and rounded to the dtype that the model has.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from microscope.core.patches.weights import Change, WeightEdits
from microscope.engine.model import Model
from microscope.engine.weight_changes import changes_of
from microscope.errors import NoRoom


@torch.no_grad()
def write_merged(model: Model, edits: Mapping[str, WeightEdits], folder: Path) -> None:
    """Weights, configuration and tokenizer. On the device's thread; the model's own weights keep their bits.

    Raises:
        NoRoom: the disk is full.
    """
    changes = changes_of(model, edits)
    embeds = {path for path in changes if isinstance(model.module(path), nn.Embedding)}
    changed = {name: value for path, one in changes.items() for name, value in _moved(model, path, one).items()}
    hf = _with_config_of_its_own(model.hf, parted=bool(embeds) or not model.info.tied)
    state = {name: changed.get(name, value) for name, value in hf.state_dict().items()}
    try:
        hf.save_pretrained(folder, state_dict=state)
        model.tokenizer.save(folder)
    except OSError as trouble:
        raise NoRoom(
            f"Could not write {folder}: {trouble.strerror}.", next="Free some disk space and try again."
        ) from trouble


def _moved(model: Model, path: str, change: Change) -> dict[str, Tensor]:
    module: Any = model.module(path)
    delta = change.up @ change.down
    weight: Tensor = module.weight
    turned = delta.T if isinstance(module, nn.Embedding | Conv1D) else delta
    found = {f"{path}.weight": (weight.float() + turned).to(weight.dtype)}
    bias: Tensor | None = getattr(module, "bias", None)
    return found if bias is None else {**found, f"{path}.bias": (bias.float() + change.bias).to(bias.dtype)}


def _with_config_of_its_own(hf: Any, *, parted: bool) -> Any:
    """The same modules under another configuration."""
    other = copy.copy(hf)
    other.config = copy.deepcopy(hf.config)
    if parted:
        other.config.tie_word_embeddings = False
        other.config.get_text_config().tie_word_embeddings = False
        other.all_tied_weights_keys = {}
    return other
