"""Gated: whether a feature fires and how strongly are told apart. Rajamanoharan et al. 2024, arXiv 2404.16014.

    gate = c W_enc + b_gate                      fires where gate > 0
    mag  = ReLU(c (W_enc ⊙ exp r_mag) + b_mag)
    acts = [gate > 0] · mag
    L    = ‖x − x̂‖² + λ ‖ReLU(gate)‖₁ + ‖x − x̂_frozen(ReLU(gate))‖²                                          (eq. 8)
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class Gated(Architecture, frozen=True):
    """`b_gate`, `b_mag` and `r_mag` (d_sae each) in the place of b_enc."""

    kind: Literal["gated"] = "gated"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        shared = c @ weights["W_enc"]
        magnitude = torch.relu(shared * weights["r_mag"].exp() + weights["b_mag"])
        return magnitude * (shared + weights["b_gate"] > 0)
