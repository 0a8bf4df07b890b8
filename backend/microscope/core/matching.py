"""Which feature of one dictionary is which of another, and what chance would say.

    C_ij     = ⟨a_i, b_j⟩ / (‖a_i‖ ‖b_j‖)                 decoder rows
    matching = argmax_π Σ_i C_i,π(i)                      one to one; the larger dictionary keeps features to spare
    null     = the same of random unit vectors of the same shapes, several times

The null is never 0: among many random directions each finds one that is not far, and the more of them the nearer.
The assignment is Kuhn's (1955), by Jonker and Volgenant's algorithm as SciPy has it. Stability of SAEs across seeds by
matched decoder cosine: Paulo and Belrose 2025, arXiv 2501.16615.

Memory: the table of cosines, 4 bytes a cell, and SciPy's copy of it, 8: 4,096 × 4,096 take 200 MB, and about two
seconds of one core where the two have nothing in common, a fifth of one where they are alike. Time grows with the cube.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from microscope.core.directions import ROOM, unit_rows
from microscope.errors import TooLarge

MAX_CELLS = 1 << 27
"""Of a table that is assigned: 1.6 GB and minutes, for two dictionaries of 11,585 features."""

SHARES = (0.7, 0.9)
"""Cosines above which matched features are counted."""


class Matching(NamedTuple):
    """Pairs of features, by the first one's index."""

    left: Int[Tensor, " pair"]
    right: Int[Tensor, " pair"]
    cosine: Float[Tensor, " pair"]


class Null(NamedTuple):
    """The same of random directions."""

    cosine: Float[Tensor, "draw pair"]

    @property
    def mean(self) -> float:
        return float(self.cosine.mean())

    @property
    def spread(self) -> float | None:
        """Standard deviation of a draw's mean; None of a single draw."""
        return float(self.cosine.mean(-1).std()) if len(self.cosine) > 1 else None


def check_size(n_left: int, n_right: int) -> None:
    """
    Raises:
        TooLarge: over `MAX_CELLS`.
    """
    if n_left * n_right > MAX_CELLS:
        raise TooLarge(
            f"{n_left:,} features with {n_right:,} are {n_left * n_right:,} pairs; at most {MAX_CELLS:,} are assigned.",
            next="Compare live features only, or smaller dictionaries.",
        )


def matching(left: Float[Tensor, "left d"], right: Float[Tensor, "right d"]) -> Matching:
    """One to one, so that the sum of the cosines is the greatest there is; min(left, right) pairs, on the CPU.

    Args:
        left, right: directions of any length.

    Raises:
        TooLarge: over `MAX_CELLS`.
    """
    check_size(len(left), len(right))
    cosine = (unit_rows(left) @ unit_rows(right).T).cpu()
    rows, columns = (torch.from_numpy(index) for index in linear_sum_assignment(cosine.numpy(), maximize=True))
    return Matching(rows, columns, cosine[rows, columns])


def random_directions(n: int, d: int, seed: int) -> Float[Tensor, "direction d"]:
    """Unit vectors, evenly over the sphere."""
    return unit_rows(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)))


def chance(n_left: int, n_right: int, d: int, seed: int) -> Float[Tensor, " pair"]:
    """Matched cosines of random directions: a draw of the null."""
    return matching(random_directions(n_left, d, 2 * seed), random_directions(n_right, d, 2 * seed + 1)).cosine


def paired_cosine(
    left: Float[Tensor, "left d"], right: Float[Tensor, "right d"], pairs: Matching
) -> Float[Tensor, " pair"]:
    """Of other vectors of the same pairs, such as encoder columns."""
    return (unit_rows(left)[pairs.left] * unit_rows(right)[pairs.right]).sum(-1)


def summary(cosine: Float[Tensor, " pair"]) -> dict[str, float]:
    """Mean, median (of an even number the mean of the two in the middle), and the share above each of `SHARES`."""
    shares = {f"share_above_{least}": float((cosine > least).float().mean()) for least in SHARES}
    # torch's median is the lower one of the two.
    return {"mean_cosine": float(cosine.mean()), "median_cosine": float(np.median(cosine.numpy())), **shares}


class Kin(NamedTuple):
    """Which features of a large dictionary descend from which of a small one."""

    small: Int[Tensor, " edge"]
    large: Int[Tensor, " edge"]
    cosine: Float[Tensor, " edge"]
    nearest: Float[Tensor, " large"]
    """Cosine of each large feature with the nearest small one."""

    def children(self, n_small: int) -> Int[Tensor, " small"]:
        """How many descend from each small feature."""
        return self.small.bincount(minlength=n_small)

    def has_parent(self) -> Bool[Tensor, " large"]:
        found = torch.zeros(len(self.nearest), dtype=torch.bool)
        found[self.large] = True
        return found


def kin(small: Float[Tensor, "small d"], large: Float[Tensor, "large d"], threshold: float) -> Kin:
    """Every pair whose cosine is above the threshold, by the small one's index, then the nearest first; on the CPU.

    The whole table of cosines is never in memory.
    """
    first, second = unit_rows(small), unit_rows(large)
    nearest = torch.full((len(large),), -1.0, device=second.device)
    parts: list[list[Tensor]] = []
    for rows in torch.arange(len(first), device=first.device).split(max(1, ROOM // max(1, len(large)))):
        cosine = first[rows] @ second.T
        nearest = torch.maximum(nearest, cosine.amax(0))
        row, column = (cosine > threshold).nonzero(as_tuple=True)
        parts.append([rows[row].cpu(), column.cpu(), cosine[row, column].cpu()])
    left, right, value = (torch.cat(column) for column in zip(*parts, strict=True))
    order = value.sort(descending=True, stable=True).indices
    order = order[left[order].sort(stable=True).indices]
    return Kin(left[order], right[order], value[order], nearest.cpu())
