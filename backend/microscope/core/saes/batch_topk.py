"""BatchTopK: in training the k · rows largest activations of a batch fire; in use those above a threshold.

    acts = pre · [pre among the k · rows largest of the batch]        pre = ReLU(c W_enc + b_enc)
    θ    = E_batch[ min{acts > 0} ]                                    in use: acts = pre · [pre > θ]

Bussmann et al. 2024, arXiv 2412.06410, §3. The rule does not look at a row alone while it trains; a trained one is
saved as JumpReLU with θ for every feature, as SAELens does.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class BatchTopK(Architecture, frozen=True):
    """Features fire whose pre-activation is above `threshold` (a scalar), so that k of them fire on average."""

    kind: Literal["batch_topk"] = "batch_topk"

    k: int = Field(default=32, gt=0)
    """Features that fire on average."""

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = torch.relu(c @ weights["W_enc"] + weights["b_enc"])
        return pre * (pre > weights["threshold"])
