"""Interpolated Kneser-Ney over token ids: the baseline that a language model has to beat.

For a word w after a context h of n - 1 words (Chen and Goodman 1999, equation 4.26, one discount per order):

1. the highest order counts c(h w) in the text; a lower order counts the different words that precede h w;
2. p_n(w | h) = max(c(h w) - D_n, 0) / c(h) + D_n N(h) / c(h) p_{n-1}(w | h without its first word),
   where c(h) sums over w, N(h) is the number of different w, and D_n = n_1 / (n_1 + 2 n_2) with n_1 and n_2
   the number of n-grams that were counted once and twice;
3. an unseen context passes all its weight down, and below the unigrams every word has 1 / vocab_size.

An n-gram is one 64-bit integer, its ids the digits in base vocab_size, so that all of this is sorting and searching.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class _Order(NamedTuple):
    """The counts of one order, sorted by n-gram."""

    grams: Integers
    counts: Integers
    contexts: Integers
    """Every context that was seen, sorted."""
    totals: Integers
    """c(h) of each context."""
    kinds: Integers
    """N(h) of each context."""
    discount: float


class KneserNey:
    """An n-gram model of documents, each beginning with BOS."""

    def __init__(self, documents: Sequence[Sequence[int]], vocab_size: int, order: int, bos: int) -> None:
        """Count `documents` (token ids without BOS)."""
        assert order * np.log2(vocab_size) < 63, f"{order}-grams of {vocab_size} ids do not fit 64 bits"
        self.vocab_size, self.order, self.bos = vocab_size, order, bos
        grams, counts = np.unique(np.concatenate([self._grams(ids) for ids in documents]), return_counts=True)
        orders: list[_Order] = []
        for length in range(order, 0, -1):
            orders.append(_counted(grams, counts, vocab_size))
            grams, counts = np.unique(grams % vocab_size ** (length - 1), return_counts=True)
        self._orders = tuple(reversed(orders))
        """From unigrams to the highest order."""

    def probabilities(self, ids: Sequence[int]) -> Floats:
        """p(token | the tokens before it) for every token of one document."""
        return self._interpolated(self._grams(ids))

    def next_probabilities(self, context: Sequence[int]) -> Floats:
        """p(token | context) for every id of the vocabulary; the sum is 1."""
        padded = [self.bos] * (self.order - 1) + list(context)
        before = _packed(np.array(padded[len(padded) - self.order + 1 :], dtype=np.int64)[None], self.vocab_size)
        return self._interpolated(before * self.vocab_size + np.arange(self.vocab_size, dtype=np.int64))

    def _grams(self, ids: Sequence[int]) -> Integers:
        """The n-gram that ends at each token."""
        padded = np.array([self.bos] * (self.order - 1) + list(ids), dtype=np.int64)
        return _packed(np.lib.stride_tricks.sliding_window_view(padded, self.order), self.vocab_size)

    def _interpolated(self, grams: Integers) -> Floats:
        probability = np.full(len(grams), 1 / self.vocab_size)
        for length, order in enumerate(self._orders, start=1):
            shorter = grams % self.vocab_size**length
            counts = _looked_up(order.grams, order.counts, shorter)
            totals = _looked_up(order.contexts, order.totals, shorter // self.vocab_size)
            kinds = _looked_up(order.contexts, order.kinds, shorter // self.vocab_size)
            seen = totals > 0
            mass = np.maximum(counts - order.discount, 0) + order.discount * kinds * probability
            probability = np.where(seen, mass / np.where(seen, totals, 1), probability)
        return probability


def _packed(windows: Integers, base: int) -> Integers:
    """Rows of ids as integers, the first id the highest digit."""
    powers = np.array([base**power for power in range(windows.shape[1] - 1, -1, -1)], dtype=np.int64)
    return windows @ powers


def _counted(grams: Integers, counts: Integers, base: int) -> _Order:
    contexts, first = np.unique(grams // base, return_index=True)
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    # A text without n-grams that occur once has nothing to discount by; half a count is the customary default.
    discount = once / (once + 2 * twice) if once else 0.5
    return _Order(grams, counts, contexts, np.add.reduceat(counts, first), np.diff(first, append=len(grams)), discount)


def _looked_up(keys: Integers, values: Integers, wanted: Integers) -> Integers:
    """The values of `wanted` keys, 0 where a key is unknown; `keys` are sorted."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)
