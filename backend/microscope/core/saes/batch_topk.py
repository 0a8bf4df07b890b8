"""BatchTopK: in training the k · rows largest activations of a batch fire; in use those above a threshold.

    acts = pre · [pre among the k · rows largest of the batch]        pre = ReLU(c W_enc + b_enc)
    θ    = E_batch[ min{acts > 0} ]                                    in use: acts = pre · [pre > θ]
    L    = ‖x − x̂‖² + α ‖e − ê‖²                                       as TopK's

Bussmann et al. 2024, arXiv 2412.06410, §3. The rule does not look at a row alone while it trains; a trained one is
saved as JumpReLU with θ for every feature, as SAELens does.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from microscope.core.defaults import K
from microscope.core.saes import sparse
from microscope.core.saes.base import Architecture, Weights
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.learning import Gradients, Loss, Now, aux_k, squared_error
from microscope.errors import Invalid

_FOLLOW = 0.05
"""Share of the newest batch in the mean that θ is: it follows within the steps of a short training's decay."""

_PER_ROW = 4
"""A row is first looked at for this many times k features."""


class BatchTopK(Architecture, frozen=True):
    """Features fire whose pre-activation is above `threshold` (a scalar), so that k of them fire on average."""

    buffers: ClassVar[tuple[str, ...]] = ("threshold",)
    resampled: ClassVar[bool] = False
    by_itself: ClassVar[bool] = True

    kind: Literal["batch_topk"] = "batch_topk"

    k: int = Field(default=K, gt=0)
    """Features that fire on average."""

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = torch.relu(c @ weights["W_enc"] + weights["b_enc"])
        return pre * (pre > weights["threshold"])

    def check(self, d_sae: int) -> None:
        super().check(d_sae)
        if self.k > d_sae:
            raise Invalid(
                f"k = {self.k} features are to fire on average, of {d_sae}.",
                next=f"Ask for k of at most d_sae = {d_sae}.",
            )

    def start(self, d_sae: int) -> dict[str, Tensor]:
        return {**super().start(d_sae), "threshold": torch.zeros(())}

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        c = now.centred(x, weights["b_dec"])
        pre = torch.relu(c @ weights["W_enc"] + weights["b_enc"])
        top = pre.flatten().topk(self.k * len(x))
        acts = torch.zeros_like(pre).flatten().scatter(0, top.indices, top.values).view_as(pre)
        x_hat = self.decode(weights, acts)
        value = squared_error(x, x_hat) + aux_k(weights, c, x - x_hat, now)
        return Loss(value, x_hat, acts, {"threshold": _followed(weights["threshold"], top.values)})

    def gradients(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Gradients:
        c = now.centred(x, weights["b_dec"])
        features, values = sparse.likeliest(weights, c, min(_PER_ROW * self.k, len(weights["b_enc"])), now)
        least = values.flatten().topk(self.k * len(x), sorted=False).values.min()
        if values.shape[1] < len(weights["b_enc"]) and bool((values.amin(1) > least).any()):
            return super().gradients(weights, x, now)  # A row may hold more of the largest than were looked at.
        entries = sparse.above(features, values, least)
        found = sparse.gradients(weights, x, entries, now)
        return found._replace(buffers={"threshold": _followed(weights["threshold"], entries.values)})

    def kept(self, weights: Weights) -> tuple[Architecture, dict[str, Tensor]]:
        threshold = weights["threshold"].expand(len(weights["b_enc"])).clone()
        return JumpRelu(), {**weights, "threshold": threshold}


def _followed(threshold: Float[Tensor, ""], fired: Tensor) -> Float[Tensor, ""]:
    """θ after a batch: the first one's smallest activation above 0, then the running mean."""
    alive = fired[fired > 0]
    if not len(alive):
        return threshold
    return torch.where(threshold > 0, torch.lerp(threshold, alive.min().to(threshold.dtype), _FOLLOW), alive.min())
