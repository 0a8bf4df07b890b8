"""JumpReLU: each feature has a threshold of its own. Rajamanoharan et al. 2024, arXiv 2407.14435.

    pre  = c W_enc + b_enc
    acts = pre · H(pre − θ)
    L    = ‖x − x̂‖² + λ Σ_f H(pre_f − θ_f)      straight-through: ∂H/∂θ ≈ −K((pre − θ)/ε)/ε, K a rectangle  (eq. 11, 12)
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class JumpRelu(Architecture, frozen=True):
    """A feature fires with its pre-activation where that is above `threshold` (d_sae) and above 0."""

    kind: Literal["jumprelu"] = "jumprelu"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = c @ weights["W_enc"] + weights["b_enc"]
        return torch.relu(pre) * (pre > weights["threshold"])
