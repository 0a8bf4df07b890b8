"""Data whose features are known: sparse sums of random unit vectors, none of which is orthogonal to all others."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

D_IN, N_TRUE, ACTIVE = 32, 64, 3


def dictionary() -> Float[Tensor, "feature d_in"]:
    """Of a seed that nothing else is drawn by: where training starts must not be what it is to find."""
    rows = torch.randn(N_TRUE, D_IN, generator=torch.Generator().manual_seed(1234))
    return torch.nn.functional.normalize(rows, dim=-1)


def batches(rows: int, seed: int = 1) -> Iterator[Float[Tensor, "row d_in"]]:
    """Each row has every feature with probability ACTIVE / N_TRUE, with a strength of 0.5 to 1.5; no noise."""
    truth, generator = dictionary(), torch.Generator().manual_seed(seed)
    while True:
        present = torch.rand(rows, N_TRUE, generator=generator) < ACTIVE / N_TRUE
        strength = 0.5 + torch.rand(rows, N_TRUE, generator=generator)
        yield (present * strength) @ truth


def mean_max_cosine(w_dec: Float[Tensor, "feature d_in"]) -> float:
    """How well each true feature is found."""
    found = torch.nn.functional.normalize(w_dec, dim=-1)
    return float((dictionary() @ found.T).amax(1).mean())
