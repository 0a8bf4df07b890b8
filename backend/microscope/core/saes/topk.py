"""TopK: the k largest pre-activations of each input fire. Gao et al. 2024, arXiv 2406.04093, §2.3.

    acts = TopK(ReLU(c W_enc + b_enc))
    L    = ‖x − x̂‖² + α ‖e − ê‖²,   ê from the k_aux likeliest dead features, e = x − x̂        (§2.4, A.2)
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class TopK(Architecture, frozen=True):
    """The k features fire whose pre-activations are largest, as far as they are above 0."""

    kind: Literal["topk"] = "topk"

    k: int = Field(default=32, gt=0)
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
