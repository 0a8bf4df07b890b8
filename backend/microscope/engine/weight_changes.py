"""Edits of weights as the change of each matrix of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from microscope.core.patches.edits import At
from microscope.core.patches.weights import Change, WeightEdits, composed
from microscope.core.sites import Site
from microscope.engine.model import Model


def changes_of(model: Model, edits: Mapping[At, WeightEdits]) -> dict[str, Change]:
    """By the module's path in transformers' model; each of the matrix as (out, in), so of embeddings of Eᵀ. On the
    device's thread."""
    by_path: dict[str, WeightEdits] = {}
    # As in a pass: what an adapter adds to embeddings is there before anything changes L0.resid_pre.
    for at in sorted(edits, key=lambda one: isinstance(one, Site)):
        for path in [at] if isinstance(at, str) else model.writers(at):
            by_path[path] = (*by_path.get(path, ()), *edits[at])
    return {path: _change(model.module(path), own) for path, own in by_path.items()}


def _change(module: Any, edits: WeightEdits) -> Change:
    weight: Tensor = module.weight.detach()
    bias: Tensor | None = getattr(module, "bias", None)
    return composed(edits, weight if isinstance(module, nn.Linear) else weight.T, bias)
