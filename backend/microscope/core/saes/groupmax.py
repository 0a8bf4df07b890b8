"""GroupMax: features are parted into k equal groups, and the largest of each group fires. EleutherAI's sparsify.

    pre  = ReLU(c W_enc + b_enc)
    acts = pre · [pre is the largest of its group]          group g: features g·F/k to (g + 1)·F/k − 1

Read from files only: no trainer here makes one.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class GroupMax(Architecture, frozen=True):
    """The largest pre-activation of each of k groups of neighbouring features fires, as far as it is above 0."""

    kind: Literal["groupmax"] = "groupmax"

    k: int = Field(default=32, gt=0)
    """Groups; d_sae is a multiple of it."""

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = torch.relu(c @ weights["W_enc"] + weights["b_enc"])
        groups = pre.unflatten(-1, (self.k, -1))
        largest = groups.max(dim=-1, keepdim=True)
        return torch.zeros_like(groups).scatter(-1, largest.indices, largest.values).flatten(-2)
