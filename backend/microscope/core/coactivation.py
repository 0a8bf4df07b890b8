"""How often two things come together: a feature and another, a feature and a token. `core/counting.py` counts.

pairs      of one row: every two features that fire there
jaccard    n_ab / (n_a + n_b − n_ab)
pmi        ln( n_ab · N / (n_a · n_b) ), in nats; N rows
lift       (n_ft / n_f) / (n_t / N): how much likelier a token is where the feature fires
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.activity import Firings

MOST_PAIRS = 1 << 20
"""Pairs that are listed at once, about: a row that has more is listed alone."""

PAIR_BYTES = 100
"""Of each of them, while they are made and counted."""


def pairs(found: Firings, n_features: int) -> Iterator[Int[Tensor, " pair"]]:
    """Every two features a < b that fire at one row, as a · n_features + b: some rows at a time."""
    size = found.row.bincount()
    n_pairs = (size * (size - 1) // 2).cumsum(0)
    # Of equal numbers, rows whose pairs come in one piece.
    piece = (n_pairs // MOST_PAIRS)[found.row]
    for length in piece.unique_consecutive(return_counts=True)[1].tolist():
        some, found = found.head(length), found.behind(length)
        yield _pairs(some, n_features)


def _pairs(found: Firings, n_features: int) -> Int[Tensor, " pair"]:
    _, which, size = found.row.unique_consecutive(return_inverse=True, return_counts=True)
    # Firing i of a row is paired with those behind it.
    behind = size.cumsum(0)[which] - 1 - torch.arange(len(which), device=which.device)
    # By the first feature, so that a table of pairs is written from its beginning to its end.
    order = found.feature.sort(stable=True).indices
    behind = behind[order]
    left = order.repeat_interleave(behind)
    first = (behind.cumsum(0) - behind - order).repeat_interleave(behind)
    right = torch.arange(1, len(left) + 1, device=left.device).sub_(first)
    return found.feature[right].add_(found.feature[left].mul_(n_features))


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
