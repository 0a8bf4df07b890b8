"""Which of many numbers tells two sets of prompts apart, found on one part of them and judged on another.

    AUROC(f) = P(f(a) > f(b)) + ½ P(f(a) = f(b))    a of the one set, b of the other
             = U / (n_a n_b)                        U of Mann and Whitney 1947, by midranks
    1. the prompts are parted at random; both sides of a pair stay together
    2. training: every column's AUROC, the best `candidates` go on
    3. validation: the best of these is chosen
       of few prompts several columns have the same AUROC, often 1: of these the one with the largest d′ is better,
       d′ = (μ_a − μ_b) / √((σ_a² + σ_b²) / 2), by training alone in step 2, by both parts in step 3
    4. test: the chosen one alone, once
    null: the same steps with the labels of the prompts shuffled

The best of 4,096 columns tells any two sets apart where it was looked for, which is what the null shows. 0.5 is chance.
Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic (ROC) curve"; d′ of
Green and Swets 1966, "Signal Detection Theory and Psychophysics".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.directions import mean_difference

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

Labels = Bool[Tensor, " prompt"]
"""Of the first set."""


def auroc(scores: Float[Tensor, "prompt column"], labels: Labels) -> Float[Tensor, " column"]:
    """Of every column, float64, 0 to 1; not a number where one set is empty."""
    columns = scores.double().T.contiguous()
    ordered = columns.sort(dim=-1).values
    # Among n numbers those alike share the mean of their ranks.
    below, upto = (torch.searchsorted(ordered, columns, right=right) for right in (False, True))
    midranks = (below + upto + 1).double() / 2
    n_a, n_b = int(labels.sum()), int((~labels).sum())
    u = midranks[:, labels].sum(-1) - n_a * (n_a + 1) / 2
    return u / (n_a * n_b) if n_a and n_b else torch.full_like(u, torch.nan)


def separation(scores: Float[Tensor, "prompt column"], labels: Labels) -> Float[Tensor, " column"]:
    """d′ of every column, float64: how far apart its two means lie, in standard deviations; above 0 where the first is
    higher, infinite where neither set varies, 0 where the means are the same."""
    a, b = scores[labels].double(), scores[~labels].double()
    apart = a.mean(0) - b.mean(0)
    spread = ((a.var(0, correction=0) + b.var(0, correction=0)) / 2).sqrt()
    return torch.where(apart == 0, 0.0, apart / spread)


def parted(groups: Sequence[int], labels: Labels, train: float, validation: float, seed: int) -> Int[Tensor, " prompt"]:
    """The part of each prompt, as an index of `PARTS`; those of one group are in one part.

    Args:
        groups: of each prompt. Those of the one set, of the other and of both are parted each for themselves, so that
            every part has its share of both sets.
        train, validation: shares of the groups; the rest is the test.
    """
    sides: dict[int, set[bool]] = {}
    for group, own in zip(groups, labels.tolist(), strict=True):
        sides.setdefault(group, set()).add(own)
    generator = torch.Generator().manual_seed(seed)
    part: dict[int, int] = {}
    for side in ({True}, {False}, {True, False}):
        alike = sorted(group for group, found in sides.items() if found == side)
        ends = round(train * len(alike)), round((train + validation) * len(alike))
        for place, index in enumerate(torch.randperm(len(alike), generator=generator).tolist()):
            part[alike[index]] = sum(place >= end for end in ends)
    return torch.tensor([part[group] for group in groups])


class Found(NamedTuple):
    """What a search among many columns came to."""

    train: Float[Tensor, " column"]
    """AUROC of every column."""

    validation: Float[Tensor, " column"]
    """The same of the second part; only those of the candidates were looked at."""

    chosen: Int[Tensor, " choice"]
    """The best first, by validation."""

    test: Float[Tensor, " choice"]
    """Of the chosen alone."""


def search(
    scores: Float[Tensor, "prompt column"], labels: Labels, parts: Int[Tensor, " prompt"], candidates: int, choices: int
) -> Found:
    """Steps 2 to 4 of the head of this file."""
    seen = [scores[parts == part] for part in (0, 1)]
    own = [labels[parts == part] for part in (0, 1)]
    train, validation = map(auroc, seen, own)
    best = _ranked(train, separation(seen[0], own[0]))[:candidates]
    both = separation(torch.cat(seen), torch.cat(own))
    chosen = best[_ranked(validation[best], both[best])][:choices]
    last = parts == 2
    return Found(train, validation, chosen, auroc(scores[last][:, chosen], labels[last]))


def _ranked(first: Float[Tensor, " column"], second: Float[Tensor, " column"]) -> Int[Tensor, " column"]:
    """The best first, by `first`, and by `second` where that is the same."""
    order = second.argsort(descending=True, stable=True)
    return order[first[order].argsort(descending=True, stable=True)]


def shuffled(labels: Labels, parts: Int[Tensor, " prompt"], seed: int) -> Labels:
    """Within each part, so that both sets keep their sizes there."""
    generator = torch.Generator().manual_seed(seed)
    mixed = labels.clone()
    for part in range(len(PARTS)):
        (own,) = (parts == part).nonzero(as_tuple=True)
        mixed[own] = labels[own[torch.randperm(len(own), generator=generator)]]
    return mixed


def first_axis(rows: Float[Tensor, "prompt d"], labels: Labels) -> Float[Tensor, " d"]:
    """Along which the rows of both sets vary most, whatever their labels, turned towards the first set."""
    centred = rows.double() - rows.double().mean(0)
    axis = torch.linalg.svd(centred, full_matrices=False).Vh[0]
    return axis if float(axis.float() @ mean_difference(rows[labels], rows[~labels])) >= 0 else -axis
