"""How often each key was seen, in memory that the number of keys does not change.

A key is a whole number from 0, such as feature · d_vocab + token. Where all there can be fit into the room that lists
of `capacity` of them would take, there is a table of them, and counts are exact. Otherwise keys are listed, and the
rarest are dropped when there are too many (lossy counting; Manku and Motwani 2002): `missed` bounds what any count may
be short of, and stays 0 as long as nothing was dropped.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

LISTED_BYTES = 48
"""Of a key of `capacity` in lists, while they are merged: three times what it takes at rest."""

COUNT_BYTES = 4
"""Of a key in a table."""


class Counts(Protocol):
    """How often each key was seen."""

    missed: int
    """What a count may be short of, at most."""

    def add(self, keys: Int[Tensor, " key"]) -> None:
        """Count every key once more for each time that it is here."""
        ...

    def counted(self) -> tuple[Int[Tensor, " key"], Int[Tensor, " key"]]:
        """Keys that were seen, rising, and their counts."""
        ...

    def restore(self, keys: Int[Tensor, " key"], counts: Int[Tensor, " key"], missed: int) -> None:
        """What `counted` gave."""
        ...


def counts_of(n_keys: int, capacity: int, device: torch.device | str = "cpu") -> Counts:
    """
    Args:
        n_keys: all keys are below.
        capacity: keys that are listed, where a table would take more room.
    """
    if COUNT_BYTES * n_keys <= LISTED_BYTES * capacity:
        return TableCounts(n_keys, device)
    return KeyCounts(capacity, device)


class TableCounts:
    """A count for every key there can be."""

    def __init__(self, n_keys: int, device: torch.device | str = "cpu") -> None:
        self.missed = 0
        self._counts = torch.zeros(n_keys, dtype=torch.int32, device=device)

    def add(self, keys: Int[Tensor, " key"]) -> None:
        self._counts.index_add_(0, keys, torch.ones_like(keys, dtype=torch.int32))

    def counted(self) -> tuple[Int[Tensor, " key"], Int[Tensor, " key"]]:
        keys = self._counts.nonzero()[:, 0]
        return keys, self._counts[keys].long()

    def restore(self, keys: Int[Tensor, " key"], counts: Int[Tensor, " key"], missed: int) -> None:
        self._counts.zero_()[keys.to(self._counts.device)] = counts.to(self._counts)
        self.missed = missed


class KeyCounts:
    """Lists of at most `capacity` keys and their counts; the rarest go first."""

    def __init__(self, capacity: int, device: torch.device | str = "cpu") -> None:
        self.capacity = capacity
        self.missed = 0
        self._keys = torch.empty(0, dtype=torch.int64, device=device)
        self._counts = torch.empty(0, dtype=torch.int64, device=device)
        self._waiting: list[Tensor] = []
        self._n_waiting = 0

    def add(self, keys: Int[Tensor, " key"]) -> None:
        self._waiting.append(keys)
        self._n_waiting += len(keys)
        if self._n_waiting > self.capacity // 2:
            self._merge()

    def counted(self) -> tuple[Int[Tensor, " key"], Int[Tensor, " key"]]:
        self._merge()
        return self._keys, self._counts

    def restore(self, keys: Int[Tensor, " key"], counts: Int[Tensor, " key"], missed: int) -> None:
        self._keys, self._counts, self.missed = keys.to(self._keys.device), counts.to(self._keys.device), missed

    def _merge(self) -> None:
        """Both lists rise, so that each new key has its place among the old ones."""
        if not self._waiting:
            return
        fresh, times = rising(torch.cat(self._waiting)).unique_consecutive(return_counts=True)
        self._waiting, self._n_waiting = [], 0
        place = torch.searchsorted(self._keys, fresh)
        known = torch.zeros_like(fresh, dtype=torch.bool)
        inside = place < len(self._keys)
        known[inside] = self._keys[place[inside]] == fresh[inside]
        counts = self._counts.index_add(0, place[known], times[known])
        self._keys, self._counts = self._pruned(*self._with(counts, place[~known], fresh[~known], times[~known]))

    def _with(self, counts: Tensor, place: Tensor, keys: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Keys that are new, each before the old one at its place."""
        into = place + torch.arange(len(place), device=place.device)
        old = torch.ones(len(counts) + len(keys), dtype=torch.bool, device=keys.device)
        old[into] = False
        merged = torch.empty_like(old, dtype=torch.int64), torch.empty_like(old, dtype=torch.int64)
        for whole, before, new in zip(merged, (self._keys, counts), (keys, times), strict=True):
            whole[old], whole[into] = before, new
        return merged

    def _pruned(self, keys: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        if len(keys) <= self.capacity:
            return keys, counts
        # Half of the room becomes free, so that the next merges do not prune again.
        rarest = int(rising(counts)[-1 - self.capacity // 2])
        self.missed += rarest
        keep = counts > rarest
        return keys[keep], counts[keep]


def rising(numbers: Int[Tensor, " number"]) -> Int[Tensor, " number"]:
    """In rising order. numpy sorts 64-bit numbers by vector instructions, several times as fast as torch."""
    if numbers.device.type != "cpu":
        return numbers.sort().values
    return torch.from_numpy(np.sort(numbers.numpy()))
