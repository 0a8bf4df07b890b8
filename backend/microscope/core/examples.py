"""The firings worth showing of every feature, kept while all firings pass by once.

`Best` keeps, per feature, the n firings of the highest priority with a window of activations around each:

    1. drop what is not above the feature's least kept priority          most firings end here
    2. merge what is left with what is kept, sorted by (feature, priority)
    3. where one per document is wanted, keep the best of each (feature, document)
    4. keep the first n of each feature, and read the windows of the newcomers

With the activation as its priority that is the top n; with a hash of (seed, feature, row) it is a sample drawn at
random among all firings, the same whatever the batches were. Between which quantiles of all firings one lies is known
from the histogram, but where its bin holds a quantile itself (`bands_of`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.activity import Firings, bins_of

_HIGHEST = 2**31 - 1

_AT_ONCE = 1 << 15
"""Numbers that stay in a core's cache while they are hashed."""

HALF_MAX = 65_504.0
"""Largest number of half precision: activations in a window are cut there."""


class Batch(NamedTuple):
    """Firings of consecutive whole documents, by feature and then by row: a firing's neighbours in the text stand
    beside it, so that looking them up costs as much as there is in the windows."""

    found: Firings
    document: Int[Tensor, " row"]
    """Number of every row's document among all."""

    first: int
    """Number of the first row among all."""

    def window(self, firing: Int[Tensor, " example"], context: int) -> Float[Tensor, "example window"]:
        """Activations of its feature around each of these firings, in half precision; 0 where it does not fire, and
        beyond the document's ends.

        Args:
            context: rows on each side.
        """
        window = torch.zeros(len(firing), 2 * context + 1, dtype=torch.float16, device=firing.device)
        window[:, context] = self._half(firing)
        for direction in (-1, 1):
            example, here = torch.arange(len(firing), device=firing.device), firing
            for step in range(1, context + 1):
                beside = here + direction * step
                near = self._is_near(here, beside, context).nonzero()[:, 0]
                example, here, beside = example[near], here[near], beside[near]
                if not len(example):
                    break
                window[example, context + self.found.row[beside] - self.found.row[here]] = self._half(beside)
        return window

    def _is_near(self, here: Tensor, beside: Tensor, context: int) -> Bool[Tensor, " example"]:
        """It fires, for the same feature, in the same document, and no more rows away."""
        row, feature, _ = self.found
        inside = (beside >= 0) & (beside < len(row))
        beside = torch.where(inside, beside, here)
        away = (row[beside] - row[here]).abs()
        same = (feature[beside] == feature[here]) & (self.document[row[beside]] == self.document[row[here]])
        return inside & same & (away <= context)

    def _half(self, firing: Int[Tensor, " example"]) -> Float[Tensor, " example"]:
        return self.found.value[firing].clamp(max=HALF_MAX).half()


class _Rivals(NamedTuple):
    """What is kept of the features that a batch has something for, and then what it has."""

    kept: tuple[Int[Tensor, " kept"], Int[Tensor, " kept"]]
    """Feature and place."""

    chosen: Int[Tensor, " newcomer"]
    """Firing of the batch."""

    feature: Int[Tensor, " rival"]
    """Rising among those that are kept, and among those of the batch."""

    priority: Int[Tensor, " rival"]
    document: Int[Tensor, " rival"]


class Best:
    """The n firings of the highest priority of every feature."""

    def __init__(
        self, n_features: int, n: int, context: int, *, per_document: bool, device: torch.device | str = "cpu"
    ) -> None:
        """
        Args:
            context: activations kept on each side of a firing.
            per_document: at most one firing of a document.
        """
        self.n, self._context, self._per_document = n, context, per_document
        shape = (n_features, n)
        self.priority: Int[Tensor, "feature example"] = torch.full(shape, -1, dtype=torch.int32, device=device)
        """−1 where there is no example."""

        self.value: Float[Tensor, "feature example"] = torch.zeros(shape, device=device)
        self.row: Int[Tensor, "feature example"] = torch.full(shape, -1, dtype=torch.int64, device=device)
        """Among all rows."""

        self.document: Int[Tensor, "feature example"] = torch.full(shape, -1, dtype=torch.int32, device=device)
        # Examples move whenever a better one comes; their windows, a hundred bytes each, stay in their slots.
        self._slots = torch.arange(n, dtype=torch.int16, device=device).repeat(n_features, 1)
        self._windows = torch.zeros(*shape, 2 * context + 1, dtype=torch.float16, device=device)

    def window(
        self, feature: Int[Tensor, " example"], place: Int[Tensor, " example"]
    ) -> Float[Tensor, "example window"]:
        """Activations around these examples."""
        return self._windows[feature, self._slots[feature, place].long()]

    def tensors(self) -> dict[str, Tensor]:
        """All of it, by name; not copies."""
        named = {name: getattr(self, name) for name in ("priority", "value", "row", "document")}
        return {**named, "slots": self._slots, "windows": self._windows}

    @property
    def n_bytes(self) -> int:
        return sum(part.nbytes for part in self.tensors().values())

    def offer(
        self, batch: Batch, priority: Int[Tensor, " firing"], among: Bool[Tensor, " firing"] | None = None
    ) -> None:
        """
        Args:
            priority: of every firing of the batch, 0 to 2³¹ − 1; of equal ones the earlier row goes first.
            among: firings to look at; all by default.
        """
        found = batch.found
        hopeful = priority > self.priority[:, -1].contiguous()[found.feature]
        chosen = (hopeful if among is None else hopeful & among).nonzero()[:, 0]
        if not len(chosen):
            return
        rivals = self._rivals(batch, priority, chosen)
        order = self._order(rivals)
        place = _place_in_group(rivals.feature[order])
        self._store(batch, rivals, order[place < self.n], place[place < self.n])

    def _rivals(self, batch: Batch, priority: Tensor, chosen: Tensor) -> _Rivals:
        feature = batch.found.feature[chosen]
        touched = feature.unique_consecutive()
        which, place = (self.priority[touched] >= 0).nonzero(as_tuple=True)
        kept = (touched[which], place)
        return _Rivals(
            kept,
            chosen,
            torch.cat([kept[0], feature]),
            torch.cat([self.priority[kept].long(), priority[chosen]]),
            torch.cat([self.document[kept].long(), batch.document[batch.found.row[chosen]]]),
        )

    def _order(self, rivals: _Rivals) -> Int[Tensor, " sorted"]:
        """By feature, best first; of each document the best alone where that is wanted. Ties stay in their order."""
        order = (rivals.feature * 2**31 + (_HIGHEST - rivals.priority)).sort(stable=True).indices
        if not self._per_document:
            return order
        pair = (rivals.feature * (rivals.document.max() + 1) + rivals.document)[order].sort(stable=True)
        first = torch.ones_like(pair.values, dtype=torch.bool)
        first[1:] = pair.values[1:] != pair.values[:-1]
        return order[pair.indices[first].sort().values]

    def _store(self, batch: Batch, rivals: _Rivals, order: Tensor, place: Tensor) -> None:
        """Put those of `order` in their places; what was kept may move, so all is read before any is written."""
        n_kept, into = len(rivals.kept[0]), rivals.feature[order]
        stays, comes = order < n_kept, order >= n_kept
        from_here = (rivals.kept[0][order[stays]], rivals.kept[1][order[stays]])
        firing = rivals.chosen[order[comes] - n_kept]
        slots = self._slots[from_here]
        free = self._free(into[stays], slots, into[comes])
        moved = [self.value[from_here], self.row[from_here], slots]
        fresh = [batch.found.value[firing], batch.found.row[firing] + batch.first, free]
        for part, old, new in zip((self.value, self.row, self._slots), moved, fresh, strict=True):
            part[into[stays], place[stays]] = old
            part[into[comes], place[comes]] = new
        self.priority[into, place] = rivals.priority[order].int()
        self.document[into, place] = rivals.document[order].int()
        self._windows[into[comes], free.long()] = batch.window(firing, self._context)

    def _free(self, feature: Tensor, slots: Tensor, newcomers: Tensor) -> Int[Tensor, " newcomer"]:
        """A slot for each newcomer that none of those that stay has.

        Args:
            feature: of those that stay, whose slots are `slots`.
            newcomers: their features, rising.
        """
        touched, number = newcomers.unique_consecutive(return_inverse=True)
        row = torch.full((len(self.priority),), -1, dtype=torch.int64, device=slots.device)
        row[touched] = torch.arange(len(touched), device=slots.device)
        beside = row[feature] >= 0
        free = torch.ones(len(touched), self.n, dtype=torch.bool, device=slots.device)
        free[row[feature[beside]], slots[beside].long()] = False
        first = free.sum(-1).cumsum(0) - free.sum(-1)
        return free.nonzero()[first[number] + _place_in_group(newcomers), 1].to(slots.dtype)


def _place_in_group(group: Int[Tensor, " sorted"]) -> Int[Tensor, " sorted"]:
    """0, 1, 2 … within each run of equal numbers."""
    index = torch.arange(len(group), device=group.device)
    starts = torch.ones_like(group, dtype=torch.bool)
    starts[1:] = group[1:] != group[:-1]
    return index - torch.where(starts, index, 0).cummax(0).values


def by_activation(value: Float[Tensor, " firing"]) -> Int[Tensor, " firing"]:
    """A priority that orders as the activations do: the bits of a float above 0 rise with it."""
    return value.view(torch.int32).long()


def by_lot(feature: Int[Tensor, " firing"], row: Int[Tensor, " firing"], seed: int) -> Int[Tensor, " firing"]:
    """A priority drawn by lot: 31 bits of a hash of (seed, feature, row), row counted among all rows.

    The finaliser of splitmix64 (Steele et al. 2014), in arithmetic modulo 2⁶⁴.
    """
    return torch.cat([_lots(*some, seed) for some in zip(feature.split(_AT_ONCE), row.split(_AT_ONCE), strict=True)])


def _lots(feature: Int[Tensor, " firing"], row: Int[Tensor, " firing"], seed: int) -> Int[Tensor, " firing"]:
    x = row * _signed(0x9E3779B97F4A7C15) + feature * _signed(0xD1B54A32D192ED03) + _signed(_mixed(seed + 1))
    x = (x ^ _shifted(x, 30)) * _signed(0xBF58476D1CE4E5B9)
    x = (x ^ _shifted(x, 27)) * _signed(0x94D049BB133111EB)
    return _shifted(x ^ _shifted(x, 31), 33)


def _shifted(x: Tensor, bits: int) -> Tensor:
    """Right, as of an unsigned number."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def _mixed(seed: int) -> int:
    return seed * 0xA0761D6478BD642F % 2**64


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


class Bands(NamedTuple):
    """In which quarter of all of its feature's firings each sampled one lies."""

    quarter: Int[Tensor, "feature sample"]
    """0 is the weakest; −1 where there is no firing."""

    sure: Bool[Tensor, "feature sample"]
    """All firings of its histogram bin lie in that quarter, or all of them were sampled; else its rank within the bin
    is taken from the sample."""


def bands_of(
    value: Float[Tensor, "feature sample"],
    there: Bool[Tensor, "feature sample"],
    histogram: Int[Tensor, "feature bin"],
) -> Bands:
    """
    Args:
        histogram: of all firings of these features.
    """
    bin, counts = bins_of(torch.where(there, value, 1.0)), histogram.long()
    sampled = torch.zeros_like(counts).scatter_add_(1, bin, there.long())
    rank = torch.where(there, value, torch.inf).argsort(dim=-1, stable=True).argsort(dim=-1, stable=True)
    within = rank - (sampled.cumsum(-1) - sampled).gather(1, bin)
    first, count = (counts.cumsum(-1) - counts).gather(1, bin), counts.gather(1, bin)
    total, known = counts.sum(-1, keepdim=True).clamp(min=1), sampled.gather(1, bin).clamp(min=1)
    # The middle of its part of the bin: the rank itself where the whole bin was sampled.
    place = (first + ((within + 0.5) * count / known - 0.5).round().long()).clamp(min=0)
    low, high = 4 * first // total, 4 * (first + count - 1).clamp(min=0) // total
    quarter = (4 * place // total).clamp(max=3)
    return Bands(torch.where(there, quarter, -1), there & ((low == high) | (count == known)))
