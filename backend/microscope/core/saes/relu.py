"""ReLU with an L1 penalty: Bricken et al. 2023; the penalty weighted by the decoder rows' norms, Conerly et al. 2024.

acts = ReLU(c W_enc + b_enc)
L    = ‖x − x̂‖² + λ Σ_f acts_f ‖W_dec,f‖
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights
from microscope.core.saes.learning import Loss, Now, squared_error


class Relu(Architecture, frozen=True):
    """Every feature fires whose pre-activation is above 0."""

    sparsity: ClassVar[float] = 0.06
    by_itself: ClassVar[bool] = True

    kind: Literal["relu"] = "relu"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        return torch.relu(c @ weights["W_enc"] + weights["b_enc"])

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        acts = self.encode(weights, now.centred(x, weights["b_dec"]))
        x_hat = self.decode(weights, acts)
        penalty = (acts * weights["W_dec"].norm(dim=-1)).sum(-1).mean() * x.shape[-1] ** 0.5
        return Loss(squared_error(x, x_hat) + now.sparsity * penalty, x_hat, acts)
