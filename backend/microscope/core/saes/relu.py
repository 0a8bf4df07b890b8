"""ReLU with an L1 penalty: Bricken et al. 2023; the penalty weighted by the decoder rows' norms, Conerly et al. 2024.

    acts = ReLU(c W_enc + b_enc)
    L    = ‖x − x̂‖² + λ Σ_f acts_f ‖W_dec,f‖
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class Relu(Architecture, frozen=True):
    """Every feature fires whose pre-activation is above 0."""

    kind: Literal["relu"] = "relu"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        return torch.relu(c @ weights["W_enc"] + weights["b_enc"])
