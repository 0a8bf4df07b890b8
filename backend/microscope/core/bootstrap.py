"""How sure a mean over documents is: documents drawn anew with replacement, many times. Efron 1979.

    mean = Σ_d sum_d / Σ_d count_d        interval = the middle 95 % of the same of the redrawn documents

Tokens of one document depend on each other, so documents are drawn and not tokens.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

DRAWS = 1_000
LOW, HIGH = 0.025, 0.975


class Mean(NamedTuple):
    """Of a number per token."""

    value: float
    low: float
    high: float
    """Of the 95 % interval."""


def mean_over_documents(
    sums: Float[Tensor, " document"], counts: Float[Tensor, " document"], seed: int = 0, draws: int = DRAWS
) -> Mean:
    """
    Args:
        sums: of the number, over each document's tokens.
        counts: tokens of each document; at least one in all.
    """
    sums, counts = sums.double().cpu(), counts.double().cpu()
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(sums), (draws, len(sums)), generator=generator)
    # Documents without a token at this place may be all that is drawn.
    of = counts[drawn].sum(1)
    means = sums[drawn].sum(1)[of > 0] / of[of > 0]
    low, high = means.quantile(torch.tensor([LOW, HIGH], dtype=torch.float64)).tolist()
    return Mean(float(sums.sum() / counts.sum()), low, high)
