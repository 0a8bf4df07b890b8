"""Gated: whether a feature fires and how strongly are told apart. Rajamanoharan et al. 2024, arXiv 2404.16014.

gate = c W_enc + b_gate                      fires where gate > 0
mag  = ReLU(c (W_enc ⊙ exp r_mag) + b_mag)
acts = [gate > 0] · mag
L    = ‖x − x̂‖² + λ ‖ReLU(gate)‖₁ + ‖x − x̂_frozen(ReLU(gate))‖²                                          (eq. 8)
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights
from microscope.core.saes.learning import Loss, Now, squared_error


class Gated(Architecture, frozen=True):
    """`b_gate`, `b_mag` and `r_mag` (d_sae each) in the place of b_enc."""

    sparsity: ClassVar[float] = 0.09
    by_itself: ClassVar[bool] = True

    kind: Literal["gated"] = "gated"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        shared = c @ weights["W_enc"]
        magnitude = torch.relu(shared * weights["r_mag"].exp() + weights["b_mag"])
        return magnitude * (shared + weights["b_gate"] > 0)

    def start(self, d_sae: int) -> dict[str, Tensor]:
        return {name: torch.zeros(d_sae) for name in ("b_gate", "b_mag", "r_mag")}

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        c = now.centred(x, weights["b_dec"])
        acts = self.encode(weights, c)
        x_hat = self.decode(weights, acts)
        gate = torch.relu(c @ weights["W_enc"] + weights["b_gate"])  # [gate > 0] has no gradient; this has.
        frozen = gate @ weights["W_dec"].detach() + weights["b_dec"].detach()
        penalty = gate.sum(-1).mean() * x.shape[-1] ** 0.5
        return Loss(squared_error(x, x_hat) + now.sparsity * penalty + squared_error(x, frozen), x_hat, acts)
