"""Edits of weights as the change of each matrix of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from microscope.core.patches.weights import Change, WeightEdits, composed
from microscope.engine.model import Model


def changes_of(model: Model, edits: Mapping[str, WeightEdits]) -> dict[str, Change]:
    """By the module's path in transformers' model; each of the matrix as (out, in), so of embeddings of Eᵀ. On the
    device's thread."""
    return {path: _change(model.module(path), own) for path, own in edits.items()}


def weight_of(module: Any) -> Float[Tensor, "d_out d_in"]:
    """A view of what a matrix or embeddings multiply by."""
    weight: Tensor = module.weight.detach()
    return weight if isinstance(module, nn.Linear) else weight.T


def _change(module: Any, edits: WeightEdits) -> Change:
    return composed(edits, weight_of(module), getattr(module, "bias", None))
