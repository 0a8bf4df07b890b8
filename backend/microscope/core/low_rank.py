"""How large a change of a matrix is, and how many directions it really has: of Δ = B A, without making it.

    σ         the singular values of R_B R_Aᵀ, where B = Q_B R_B and Aᵀ = Q_A R_A
    ‖Δ‖       √(Σ σ²)
    erank     exp(−Σ p ln p), p = σ / Σ σ: r where r values are equal, near 1 where one stands out

Roy & Vetterli 2007, "The effective rank: a measure of effective dimensionality", EUSIPCO.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def singular_values(down: Float[Tensor, "rank d_in"], up: Float[Tensor, "d_out rank"]) -> Float[Tensor, " values"]:
    """Of `up @ down`, float64, the largest first."""
    _, left = torch.linalg.qr(up.double())
    _, right = torch.linalg.qr(down.double().T)
    return torch.linalg.svdvals(left @ right.T)


def effective_rank(values: Float[Tensor, " values"]) -> float:
    """Of singular values; 0 of a change that is none."""
    total = values.sum()
    if not total:
        return 0.0
    shares = values / total
    return float(torch.special.entr(shares).sum().exp())
