"""Matching pursuit: one feature after the other, each the likeliest of what those before it left over.

    r_0     = c,  acts = 0
    f       = argmax_f ⟨r, d_f⟩                             d_f: the row of W_dec, as it is, of whatever length
    a       = ReLU(⟨r, d_f⟩)
    acts_f += a,  r ← r − a d_f                             a feature that is chosen again adds to what it has

until ‖r‖ < residual_threshold, or no other feature came in than those that fire already (a first choice with a = 0
included), or `max_iterations` are over; each row stops by itself, and the step that stops it counts. Activations are 0
or more. Mallat & Zhang 1993; as an autoencoder: Costa et al. 2025, arXiv 2506.03093. The encoder is the decoder: W_enc
is W_decᵀ, and there is no b_enc.

The choice carries no gradient, what was chosen does. Read from files only: no trainer here makes one.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from microscope.core.saes.base import Architecture, Weights


class MatchingPursuit(Architecture, frozen=True):
    """The likeliest feature of what is left over fires, again and again, until little is left."""

    kind: Literal["matching_pursuit"] = "matching_pursuit"

    residual_threshold: float = Field(default=1e-2, allow_inf_nan=False)
    """A row is done when less than this length of it is left, in units of the normalised input; 0 or less: never."""

    max_iterations: int | None = Field(default=None, gt=0)
    """Choices for each row at most; null: d_in."""

    stop_on_duplicate_support: bool = True
    """A row is done when a choice brings no other feature."""

    @property
    def tied(self) -> bool:
        return True

    def encode(self, weights: Weights, c: Float[Tensor, "row d_in"]) -> Float[Tensor, "row feature"]:
        w_dec, residual = weights["W_dec"], c
        acts = c.new_zeros(len(c), len(w_dec))
        row = torch.arange(len(c), device=c.device)
        for _ in range(self.max_iterations or c.shape[-1]):
            feature = (residual.detach() @ w_dec.detach().T).argmax(-1)
            chosen = w_dec[feature]
            value = torch.relu((residual * chosen).sum(-1))
            fires_already = acts.detach()[row, feature] != 0
            acts = acts.index_put_((row, feature), value, accumulate=True)
            residual = residual - value[:, None] * chosen
            going = value > 0  # Nothing changes any more for a row whose likeliest feature is not above 0.
            if self.stop_on_duplicate_support:
                going &= ~fires_already
            if self.residual_threshold > 0:
                going &= residual.norm(dim=-1) >= self.residual_threshold
            row, residual = row[going], residual[going]
            if not len(row):
                break
        return acts
