"""One vector as a sparse autoencoder sees it: which features fire, and what each has of the reconstruction.

r        = Σ_f a_f d_f                    what the features write; b_dec, the skip connection and what a sequential
                                          autoencoder foretells left out
share_f  = ⟨a_f d_f, r⟩ / ‖r‖²            sums to 1; below 0 where a feature works against the others
norm_f   = ‖a_f d_f‖
error    = ‖x − x̂‖
FVU      = ‖x − x̂‖² / ‖x − x̄‖²            at this position; x̄ the mean over the counted positions before it, so that
                                          what is said later changes nothing
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.saes.base import Sae
from microscope.core.saes.normalized import Normalized


class Composition(NamedTuple):
    """The features that fire, the strongest activation first, and what is left over."""

    feature: Int[Tensor, " firing"]
    activation: Float[Tensor, " firing"]
    norm: Float[Tensor, " firing"]
    share: Float[Tensor, " firing"]
    error_norm: float
    norm_of_target: float


def composition(sae: Sae, given: Normalized, target: Float[Tensor, " d_out"]) -> Composition:
    """
    Args:
        given: one row.
        target: what it should give back: what was read, but for a transcoder.
    """
    acts = sae.acts(given)
    feature = acts[0].nonzero()[:, 0]
    feature = feature[acts[0, feature].argsort(descending=True, stable=True)]
    writes = acts[0, feature, None] * sae.writes(feature) * given.factor
    r = writes.sum(0)
    share = writes @ r / r.square().sum().clamp(min=torch.finfo(r.dtype).tiny)
    target = target.to(sae.device, torch.float32)
    error = target - sae.decode(acts, given)[0]
    return Composition(feature, acts[0, feature], writes.norm(dim=-1), share, float(error.norm()), float(target.norm()))


def fvu_at(error_norm: float, target: Float[Tensor, " d"], before: Float[Tensor, "position d"]) -> float | None:
    """None where there is no earlier position to tell a mean from.

    Args:
        before: the text's counted positions before this one.
    """
    if not len(before):
        return None
    spread = float((target.float() - before.float().mean(0)).square().sum())
    return error_norm**2 / spread if spread > 0 else None
