"""JumpReLU: each feature has a threshold of its own. Rajamanoharan et al. 2024, arXiv 2407.14435.

    pre  = c W_enc + b_enc
    acts = pre · H(pre − θ)
    L    = ‖x − x̂‖² + λ Σ_f H(pre_f − θ_f)      straight-through: ∂H/∂θ ≈ −K((pre − θ)/ε)/ε, K a rectangle  (eq. 11, 12)

log θ is trained, so that θ stays above 0.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights
from microscope.core.saes.learning import Loss, Now, squared_error

_THETA = 0.1
"""Where thresholds start, in units of an input of norm √d_in."""

_EPSILON = 0.1
"""Width of the rectangle, likewise."""


class JumpRelu(Architecture, frozen=True):
    """A feature fires with its pre-activation where that is above `threshold` (d_sae) and above 0."""

    sparsity: ClassVar[float] = 0.0005
    by_itself: ClassVar[bool] = True

    kind: Literal["jumprelu"] = "jumprelu"

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = c @ weights["W_enc"] + weights["b_enc"]
        return torch.relu(pre) * (pre > weights["threshold"])

    def start(self, d_sae: int) -> dict[str, Tensor]:
        return {**super().start(d_sae), "log_threshold": torch.full((d_sae,), _THETA).log()}

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        pre = torch.relu(now.centred(x, weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"])
        acts, fires = _Jump.apply(pre, weights["log_threshold"].exp())
        x_hat = self.decode(weights, acts)
        return Loss(squared_error(x, x_hat) + now.sparsity * x.shape[-1] * fires.sum(-1).mean(), x_hat, acts)

    def kept(self, weights: Weights) -> tuple[Architecture, dict[str, Tensor]]:
        own = {name: value for name, value in weights.items() if name != "log_threshold"}
        return self, {**own, "threshold": weights["log_threshold"].exp()}


class _Jump(torch.autograd.Function):
    """pre · H(pre − θ) and H(pre − θ), of whose gradients about θ a rectangle of width ε takes the place."""

    @staticmethod
    def forward(
        ctx: Any, pre: Float[Tensor, "row feature"], threshold: Float[Tensor, " feature"]
    ) -> tuple[Float[Tensor, "row feature"], Float[Tensor, "row feature"]]:
        fires = (pre > threshold).to(pre.dtype)
        ctx.save_for_backward(pre, threshold, fires)
        return pre * fires, fires

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        pre, threshold, fires = ctx.saved_tensors
        inside = (pre - threshold).abs() < _EPSILON / 2
        moved = (grads[0] * threshold + grads[1]) * inside
        return grads[0] * fires, -moved.sum(0) / _EPSILON
