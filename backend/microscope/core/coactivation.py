"""How often two things come together: a feature and another, a feature and a token. `core/counting.py` counts.

pairs      of one row: every two features that fire there
jaccard    n_ab / (n_a + n_b − n_ab)
pmi        ln( n_ab · N / (n_a · n_b) ), in nats; N rows
lift       (n_ft / n_f) / (n_t / N): how much likelier a token is where the feature fires
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.activity import Firings


def pairs(found: Firings, n_features: int) -> Int[Tensor, " pair"]:
    """Every two features a < b that fire at one row, as a · n_features + b."""
    size = found.row.bincount() if len(found.row) else found.row
    size = size[size > 0]
    start = size.cumsum(0) - size
    # Firing i of a row of m is paired with the m − 1 − i behind it.
    place = torch.arange(len(found.row), device=found.row.device) - start.repeat_interleave(size)
    behind = size.repeat_interleave(size) - 1 - place
    left = torch.arange(len(place), device=place.device).repeat_interleave(behind)
    first = behind.cumsum(0) - behind
    right = left + 1 + torch.arange(len(left), device=left.device) - first.repeat_interleave(behind)
    return found.feature[left] * n_features + found.feature[right]


class Cofiring(NamedTuple):
    """Pairs of features and how they go together, sorted by the first; every pair stands here in both orders."""

    feature: Int[Tensor, " pair"]
    other: Int[Tensor, " pair"]
    together: Int[Tensor, " pair"]
    jaccard: Float[Tensor, " pair"]
    pmi: Float[Tensor, " pair"]


def cofiring(
    keys: Int[Tensor, " pair"], counts: Int[Tensor, " pair"], single: Int[Tensor, " feature"], rows: int, least: int
) -> Cofiring:
    """
    Args:
        keys: as `pairs` gives them.
        single: rows at which each feature fires.
        rows: rows that pairs were counted at.
        least: pairs that came together less often are left out.
    """
    keep = counts >= least
    keys, n_ab = keys[keep], counts[keep]
    a, b = keys // len(single), keys % len(single)
    n_a, n_b = single[a].double(), single[b].double()
    jaccard = n_ab / (n_a + n_b - n_ab)
    pmi = (n_ab * rows / (n_a * n_b)).log()
    order = torch.cat([a, b]).sort(stable=True).indices
    twice = (torch.cat(both) for both in ((a, b), (b, a), (n_ab, n_ab), (jaccard, jaccard), (pmi, pmi)))
    return Cofiring(*(column[order] for column in twice))


class Lift(NamedTuple):
    """Tokens on which features fire more often than their base rate says, sorted by feature."""

    feature: Int[Tensor, " pair"]
    token: Int[Tensor, " pair"]
    together: Int[Tensor, " pair"]
    of: Int[Tensor, " pair"]
    lift: Float[Tensor, " pair"]


def lift(
    keys: Int[Tensor, " pair"],
    counts: Int[Tensor, " pair"],
    fires: Int[Tensor, " feature"],
    tokens: Int[Tensor, " token"],
    least: int,
) -> Lift:
    """
    Args:
        keys: feature · d_vocab + token.
        fires: rows at which each feature fires.
        tokens: rows of each token.
        least: a token on which a feature fires less often is left out.

    Returns:
        Those whose lift is above 1.
    """
    keep = counts >= least
    keys, n_ft = keys[keep], counts[keep]
    feature, token = keys // len(tokens), keys % len(tokens)
    ratio = (n_ft / fires[feature].double()) / (tokens[token].double() / tokens.sum())
    above = ratio > 1
    return Lift(feature[above], token[above], n_ft[above], tokens[token][above], ratio[above])
