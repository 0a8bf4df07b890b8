"""When features fire: what one pass over a text gathers of each, in memory that the text's length does not change.

    firings   the activations above 0 of a batch, as a list (row, feature, value) sorted by row, then feature
    count     positions at which a feature fires; density = count / positions
    max, mean of its activations where it fires
    histogram over bins of a quarter of an octave, the same for every feature: bin b begins at 2^(b/4 − 16)
    tokens    how often it fires on each token; lift = p(token | fires) / p(token)

A row is a position of a text. Examples are in `core/examples.py`, pairs of features in `core/coactivation.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_array
from torch import Tensor

BINS = 128
PER_OCTAVE = 4
LOWEST = -16
"""Exponent of the first bin's lower edge; it takes what is smaller too, and the last bin what is larger."""


class Firings(NamedTuple):
    """Activations above 0, by row and then by feature."""

    row: Int[Tensor, " firing"]
    """Of the batch, from 0."""

    feature: Int[Tensor, " firing"]
    value: Float[Tensor, " firing"]

    def where(self, keep: Bool[Tensor, " firing"]) -> Firings:
        return self.at(keep.nonzero()[:, 0])

    def at(self, index: Int[Tensor, " some"]) -> Firings:
        return Firings(self.row[index], self.feature[index], self.value[index])

    def head(self, n: int) -> Firings:
        return Firings(self.row[:n], self.feature[:n], self.value[:n])

    def behind(self, n: int) -> Firings:
        return Firings(self.row[n:], self.feature[n:], self.value[n:])

    def by_feature(self, n_features: int) -> Firings:
        """The same ones, by feature and then by row."""
        if self.row.device.type != "cpu":
            return self.at(self.feature.sort(stable=True).indices)
        # The sparse table by rows becomes one by columns, which is a sort by counting: a fifth of a sort's time here.
        ends = np.append(0, self.row.bincount().cumsum(0).numpy()).astype(np.int32)
        entries = (self.value.numpy(), self.feature.numpy().astype(np.int32), ends)
        table = csr_array(entries, shape=(len(ends) - 1, n_features)).tocsc()
        feature = torch.arange(n_features).repeat_interleave(torch.from_numpy(np.diff(table.indptr)))
        return Firings(torch.from_numpy(table.indices).long(), feature, torch.from_numpy(table.data))


def firings(acts: Float[Tensor, "row feature"], first_row: int = 0) -> Firings:
    """The list form of dense activations.

    Args:
        first_row: number of the first row in its batch.
    """
    row, feature = acts.nonzero(as_tuple=True)
    return Firings(row + first_row, feature, acts[row, feature].float())


def joined(parts: list[Firings]) -> Firings:
    """Of consecutive rows."""
    return Firings(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def bins_of(value: Float[Tensor, " firing"]) -> Int[Tensor, " firing"]:
    """Which bin of the histogram holds each value, all above 0."""
    return ((value.log2() - LOWEST) * PER_OCTAVE).floor().clamp(0, BINS - 1).long()


def edges() -> list[float]:
    """Of the bins, rising; one more than there are bins."""
    return [2.0 ** (LOWEST + bin / PER_OCTAVE) for bin in range(BINS + 1)]


class Activity:
    """Count, sum, maximum and histogram of every feature."""

    def __init__(self, n_features: int, device: torch.device | str = "cpu") -> None:
        self.rows = 0
        """Positions counted."""

        self.count: Int[Tensor, " feature"] = torch.zeros(n_features, dtype=torch.int64, device=device)
        self.sum: Float[Tensor, " feature"] = torch.zeros(n_features, dtype=torch.float64, device=device)
        self.max: Float[Tensor, " feature"] = torch.zeros(n_features, device=device)
        self.histogram: Int[Tensor, "feature bin"] = torch.zeros(n_features, BINS, dtype=torch.int32, device=device)

    def add(self, found: Firings, rows: int) -> None:
        """
        Args:
            rows: positions that were looked at, silent ones included.
        """
        self.rows += rows
        feature, value = found.feature, found.value
        self.count.index_add_(0, feature, torch.ones_like(feature))
        self.sum.index_add_(0, feature, value.double())
        self.max.scatter_reduce_(0, feature, value, "amax")
        bin = feature * BINS + bins_of(value)
        self.histogram.view(-1).index_add_(0, bin, torch.ones_like(bin, dtype=torch.int32))

    @property
    def density(self) -> Float[Tensor, " feature"]:
        return self.count.double() / max(self.rows, 1)

    @property
    def mean(self) -> Float[Tensor, " feature"]:
        """Where it fires; 0 where it never does."""
        return self.sum / self.count.clamp(min=1)

    @property
    def n_bytes(self) -> int:
        return sum(part.nbytes for part in (self.count, self.sum, self.max, self.histogram))
