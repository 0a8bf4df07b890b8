"""TopK: the k largest pre-activations of each input fire. Gao et al. 2024, arXiv 2406.04093, §2.3.

acts = TopK(ReLU(c W_enc + b_enc))
L    = ‖x − x̂‖² + α ‖e − ê‖²,   ê from the k_aux likeliest dead features, e = x − x̂        (§2.4, A.2)
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
from microscope.core.saes.learning import Gradients, Loss, Now, aux_k, squared_error
from microscope.errors import Invalid


class TopK(Architecture, frozen=True):
    """The k features fire whose pre-activations are largest, as far as they are above 0."""

    resampled: ClassVar[bool] = False

    kind: Literal["topk"] = "topk"

    k: int = Field(default=K, gt=0)
    """Features that fire at most."""

    rescale_acts_by_decoder_norm: bool = False
    """Compare, and count, pre-activations times the norms of their decoder rows."""

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        pre = torch.relu(c @ weights["W_enc"] + weights["b_enc"])
        if self.rescale_acts_by_decoder_norm:
            pre = pre * weights["W_dec"].norm(dim=-1)
        top = pre.topk(min(self.k, pre.shape[-1]), dim=-1)
        return torch.zeros_like(pre).scatter(-1, top.indices, top.values)

    def decode(self, weights: Weights, acts: Float[Tensor, "row feature"]) -> Float[Tensor, "row d_out"]:
        if self.rescale_acts_by_decoder_norm:
            acts = acts / weights["W_dec"].norm(dim=-1)
        return super().decode(weights, acts)

    def check(self, d_sae: int) -> None:
        super().check(d_sae)
        if self.k > d_sae:
            raise Invalid(
                f"k = {self.k} features are to fire, of {d_sae}.", next=f"Ask for k of at most d_sae = {d_sae}."
            )

    def loss(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Loss:
        c = now.centred(x, weights["b_dec"])
        acts = self.encode(weights, c)
        x_hat = self.decode(weights, acts)
        return Loss(squared_error(x, x_hat) + aux_k(weights, c, x - x_hat, now), x_hat, acts)

    def gradients(self, weights: Weights, x: Float[Tensor, "row d_in"], now: Now) -> Gradients:
        if self.rescale_acts_by_decoder_norm:
            return super().gradients(weights, x, now)
        fired = sparse.likeliest(weights, now.centred(x, weights["b_dec"]), self.k, now)
        return sparse.gradients(weights, x, sparse.entries_of(*fired), now)
