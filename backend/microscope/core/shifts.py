"""Which features a change of the model moves: activations of the same texts before and after, in pairs.

    a_t,f  mean over the tokens of text t of feature f's activation; a'_t,f the same after the change
    Δ_f    = mean_t (a'_t,f − a_t,f)
    z_f    = Δ_f / (sd_t / √n)            n texts: tokens of one text are not independent
    null     the sign of every text's differences flipped at random, of all features alike; max_f |z_f| of each flip
    moved    |z_f| above the 95th percentile of these maxima: of features that nothing moves, one or more pass in 5 %
             of such experiments

A feature that fires in fewer than `LEAST` texts has no z: its standard error says nothing. Sign flips with the maximum
over all tests: Westfall & Young 1993; Nichols & Holmes 2002. Two halves of the texts show how far Δ replicates.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

LEAST = 5
"""Texts in which a feature must change for its z to mean something."""

LEVEL = 0.95

PerFeature = Float[Tensor, " feature"]


class Shift(NamedTuple):
    """Of every feature; float64, on the CPU."""

    before: PerFeature
    """Mean activation, over texts."""

    after: PerFeature
    density_before: PerFeature
    """Share of the tokens at which it fires, 0 to 1, over texts."""

    density_after: PerFeature
    difference: PerFeature
    """Δ: mean of `after − before` over texts."""

    error: PerFeature
    """Its standard error."""

    z: PerFeature
    """0 where too few texts differ."""

    threshold: float
    """Of |z|: the 95th percentile of the largest |z| with signs flipped."""

    split_half: float
    """Correlation of Δ between two halves of the texts, over the features that differ; nan where fewer than 3 do."""

    @property
    def moved(self) -> Bool[Tensor, " feature"]:
        return self.z.abs() > self.threshold


class Shifts:
    """Added up text by text; keeps sums alone."""

    def __init__(self, n_features: int, flips: int, seed: int, device: torch.device) -> None:
        """
        Args:
            flips: draws of the null; 0 leaves the threshold at infinity.
        """
        # MPS has no float64; sums of a few hundred texts lose nothing in float32.
        zeros = torch.zeros(n_features, device=device)
        self._sums = {name: zeros.clone() for name in ("before", "after", "density_before", "density_after")}
        self._squares, self._differ = zeros.clone(), zeros.clone()
        self._halves = torch.zeros(2, n_features, device=device)
        self._flipped = torch.zeros(flips, n_features, device=device)
        self._signs = torch.Generator().manual_seed(seed)
        self.n = 0

    def add(self, before: Float[Tensor, "token feature"], after: Float[Tensor, "token feature"]) -> None:
        """One text's activations; the next one goes to the other half."""
        now = {
            "before": before.mean(0),
            "after": after.mean(0),
            "density_before": (before > 0).float().mean(0),
            "density_after": (after > 0).float().mean(0),
        }
        for name, value in now.items():
            self._sums[name] += value
        difference = now["after"] - now["before"]
        self._squares += difference.square()
        self._differ += difference != 0
        self._halves[self.n % 2] += difference
        flips = torch.randint(0, 2, (len(self._flipped), 1), generator=self._signs) * 2 - 1
        self._flipped += flips.to(difference) * difference
        self.n += 1

    def result(self) -> Shift:
        """
        Raises:
            AssertionError: fewer than two texts.
        """
        assert self.n > 1, f"{self.n} texts have no spread; expected two at least"
        means = {name: (total / self.n).double().cpu() for name, total in self._sums.items()}
        squares, enough = self._squares.double().cpu() / self.n, (self._differ >= LEAST).cpu()
        difference = means["after"] - means["before"]
        error = ((squares - difference.square()).clamp(min=0) / (self.n - 1)).sqrt()
        z = _z(difference, error, enough)
        flipped = self._flipped.double().cpu() / self.n
        spread = ((squares - flipped.square()).clamp(min=0) / (self.n - 1)).sqrt()
        largest = _z(flipped, spread, enough).abs().amax(-1) if len(flipped) else torch.tensor([torch.inf])
        return Shift(
            **means,
            difference=difference,
            error=error,
            z=z,
            threshold=float(largest.quantile(LEVEL)),
            split_half=_correlation(self._halves.double().cpu()[:, enough]),
        )


def _z(difference: Tensor, error: Tensor, enough: Bool[Tensor, " feature"]) -> Tensor:
    return torch.where(enough & (error > 0), difference / error.clamp(min=torch.finfo(error.dtype).tiny), 0.0)


def _correlation(halves: Float[Tensor, "half feature"]) -> float:
    if halves.shape[1] < 3:
        return float("nan")
    return float(torch.corrcoef(halves)[0, 1])


def order_of(shift: Shift) -> Int[Tensor, " feature"]:
    """Features, the surest first."""
    return shift.z.abs().argsort(descending=True, stable=True)
