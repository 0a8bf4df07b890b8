"""Everything that a harvest gathers while the firings of a text pass by once: one object, one `add` per batch.

1. statistics are counted batch by batch
2. firings wait until there are many of them: what examples cost is mostly comparing those that come with those that are
   kept, and these are as many for a small batch as for a large one
3. `settle` counts pairs, sorts what waits by feature, counts tokens and offers all of it as examples

Its memory depends on the numbers of features, examples and tokens in the vocabulary, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from microscope.core.activity import BINS, Activity, Firings, firings, joined
from microscope.core.coactivation import MOST_PAIRS, PAIR_BYTES, pairs
from microscope.core.counting import COUNT_BYTES, LISTED_BYTES, counts_of
from microscope.core.examples import Batch, Best, by_activation, by_lot
from microscope.core.saes.base import Sae

_LOTS = 2**31

ROOM = 1 << 24
"""Activations that stand in memory at once: 64 MiB of float32."""


SETTLED_BYTES = 160
"""Of a firing that waits, while all of them are sorted and compared."""

FEATURES_AT_ONCE = 1 << 14
"""Whose examples are compared: all that are kept of them are listed."""


class Wanted(NamedTuple):
    """How much is kept."""

    top: int = 20
    """Strongest examples of a feature, each of another document."""

    held_out: int = 8
    """The same, of held-out documents alone."""

    sample: int = 40
    """Firings drawn at random of all of a feature's."""

    context: int = 16
    """Tokens on each side of an example."""

    pair_share: float = 1.0
    """Share of the rows, drawn at random, at which pairs of features are counted."""

    capacity: int = 4_000_000
    """Kinds of pairs, and of features with tokens, that are counted at once."""

    waiting: int = 1 << 21
    """Firings that wait, about, until they are sorted."""

    seed: int = 0


class Contexts(NamedTuple):
    """Rows of consecutive whole texts, as the model read them."""

    ids: Int[Tensor, " row"]
    text: Int[Tensor, " row"]
    """Number of each row's text among all."""

    held_out: Bool[Tensor, " row"]
    counted: Bool[Tensor, " row"]
    """What is in the statistics: neither BOS nor a first position."""

    first: int
    """Number of the first row among all."""


def bytes_needed(n_features: int, wanted: Wanted) -> int:
    """About what a gathering takes when it is full, the vocabulary's counts left out."""
    examples = wanted.top + wanted.held_out + wanted.sample
    of_feature = 8 + 8 + 4 + 4 * BINS + 8 + examples * (4 + 4 + 8 + 4 + 2 + 2 * (2 * wanted.context + 1))
    of_batch = SETTLED_BYTES * wanted.waiting + PAIR_BYTES * MOST_PAIRS
    lists = LISTED_BYTES * wanted.capacity
    return n_features * of_feature + lists + min(lists, COUNT_BYTES * n_features**2) + of_batch


def encoded(sae: Sae, x: Float[Tensor, "row d_in"], texts: Sequence[int]) -> Firings:
    """What fires; dense activations stand in memory a few rows at a time.

    Args:
        texts: lengths of the texts that the rows are.
    """
    step, given = max(1, ROOM // sae.spec.d_sae), sae.normalized(x, texts)
    parts = (firings(sae.acts(given.at(slice(at, at + step))), at) for at in range(0, len(x), step))
    return joined(list(parts))


class _Waiting(NamedTuple):
    """A batch of which the activity alone is counted."""

    contexts: Contexts
    found: Firings


def _ranges(found: Firings, n_features: int) -> Iterator[Firings]:
    """Those of some features after those of others."""
    edges = torch.arange(0, n_features, FEATURES_AT_ONCE, device=found.feature.device)
    lengths = torch.searchsorted(found.feature, edges).diff(append=torch.tensor([len(found.feature)]).to(edges))
    for length in lengths.tolist():
        yield found.head(length)
        found = found.behind(length)


def _joined(waiting: Sequence[_Waiting]) -> tuple[Contexts, Firings]:
    """One batch of consecutive ones."""
    first = waiting[0].contexts.first
    columns = zip(*(one.contexts[:4] for one in waiting), strict=True)
    ids, text, held_out, counted = (torch.cat(parts) for parts in columns)
    found = [one.found._replace(row=one.found.row + (one.contexts.first - first)) for one in waiting]
    return Contexts(ids, text, held_out, counted, first), joined(found)


class Gathering:
    """What is known of every feature so far."""

    def __init__(self, n_features: int, d_vocab: int, wanted: Wanted, device: torch.device | str = "cpu") -> None:
        self._n_features, self._d_vocab, self._wanted = n_features, d_vocab, wanted
        self.activity = Activity(n_features, device)
        kept = [(wanted.top, True), (wanted.held_out, True), (wanted.sample, False)]
        self.top, self.held_out, self.sample = (
            Best(n_features, n, wanted.context, per_document=alone, device=device) for n, alone in kept
        )
        self.tokens: Int[Tensor, " token"] = torch.zeros(d_vocab, dtype=torch.int64, device=device)
        """Counted rows of each token."""

        self.on_token = counts_of(n_features * d_vocab, wanted.capacity, device)
        """feature · d_vocab + token."""

        self.pairs = counts_of(n_features**2, wanted.capacity, device)
        self.pair_rows = 0
        self.single: Int[Tensor, " feature"] = torch.zeros(n_features, dtype=torch.int64, device=device)
        """Rows, of those that pairs are counted at, at which each feature fires."""

        self._waiting: list[_Waiting] = []

    def add(self, contexts: Contexts, found: Firings) -> None:
        """
        Args:
            contexts: behind those of the call before.
            found: of all rows; those that are not counted are left out here.
        """
        found = found.where(contexts.counted[found.row])
        self.activity.add(found, int(contexts.counted.sum()))
        self._waiting.append(_Waiting(contexts, found))
        if sum(len(one.found.row) for one in self._waiting) >= self._wanted.waiting:
            self.settle()

    def settle(self) -> None:
        """Count and show what waits: before anything but `activity` is read."""
        if not self._waiting:
            return
        contexts, found = _joined(self._waiting)
        self._waiting = []
        self._pair(contexts, found)
        found = found.by_feature(self._n_features)
        self.tokens += contexts.ids[contexts.counted].bincount(minlength=self._d_vocab)
        self.on_token.add(contexts.ids[found.row].add_(found.feature * self._d_vocab))
        for some in _ranges(found, self._n_features):
            self._show(contexts, some)

    def _pair(self, contexts: Contexts, found: Firings) -> None:
        rows = torch.arange(len(contexts.ids), device=contexts.ids.device)
        lots = by_lot(torch.zeros_like(rows), rows + contexts.first, self._wanted.seed + 1)
        drawn = contexts.counted & (lots < int(self._wanted.pair_share * _LOTS))
        chosen = found.where(drawn[found.row])
        self.pair_rows += int(drawn.sum())
        self.single.index_add_(0, chosen.feature, torch.ones_like(chosen.feature))
        for keys in pairs(chosen, self._n_features):
            self.pairs.add(keys)

    def _show(self, contexts: Contexts, found: Firings) -> None:
        """
        Args:
            found: by feature, all of each feature that is here.
        """
        batch, strength = Batch(found, contexts.text, contexts.first), by_activation(found.value)
        self.top.offer(batch, strength)
        if bool(contexts.held_out.any()):
            self.held_out.offer(batch, strength, contexts.held_out[found.row])
        self.sample.offer(batch, by_lot(found.feature, found.row + contexts.first, self._wanted.seed))

    # ── Going on after a stop ────────────────────────────────────────────────────────────────────────────

    def tensors(self) -> dict[str, Tensor]:
        """All of it, by name; not copies."""
        self.settle()
        named = {f"{part}.{name}": value for part, of in self._parts().items() for name, value in of.items()}
        numbers = [self.activity.rows, self.pair_rows, self.on_token.missed, self.pairs.missed]
        for name, counts in (("on_token", self.on_token), ("pairs", self.pairs)):
            named[f"{name}.keys"], named[f"{name}.counts"] = counts.counted()
        return {**named, "numbers": torch.tensor(numbers)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """What `tensors` gave, of a gathering of the same sizes."""
        for part, of in self._parts().items():
            for name, value in of.items():
                value.copy_(tensors[f"{part}.{name}"])
        self.activity.rows, self.pair_rows, on_token, pairs = tensors["numbers"].tolist()
        self.on_token.restore(tensors["on_token.keys"], tensors["on_token.counts"], on_token)
        self.pairs.restore(tensors["pairs.keys"], tensors["pairs.counts"], pairs)

    @property
    def n_bytes(self) -> int:
        """Of all that is kept."""
        return sum(value.nbytes for value in self.tensors().values())

    def _parts(self) -> dict[str, dict[str, Tensor]]:
        activity, lots = self.activity, {"top": self.top, "held_out": self.held_out, "sample": self.sample}
        best = {part: of.tensors() for part, of in lots.items()}
        statistics = {name: getattr(activity, name) for name in ("count", "sum", "max", "histogram")}
        return {"activity": statistics, **best, "all": {"tokens": self.tokens, "single": self.single}}
