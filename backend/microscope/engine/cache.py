"""A KV cache that can be cropped, copied and joined: one growing buffer of keys and of values per layer.

transformers' own dynamic cache forgets what a sliding window has passed, so that it cannot be cropped to branch a
conversation, and copies every key at every token. This one keeps all positions of all layers (the model's attention
mask still applies the window) and doubles its buffers when they are full.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

FIRST_CAPACITY = 64
"""Positions of the smallest buffer."""


def grown(buffer: Tensor, length: int, needed: int, dim: int) -> Tensor:
    """A buffer of at least `needed` along `dim`, with the first `length` entries kept."""
    if buffer.shape[dim] >= needed:
        return buffer
    shape = list(buffer.shape)
    shape[dim] = max(needed, 2 * buffer.shape[dim], FIRST_CAPACITY)
    larger = buffer.new_empty(shape)
    larger.narrow(dim, 0, length).copy_(buffer.narrow(dim, 0, length))
    return larger


class GrowingLayer(DynamicLayer):
    """Keys and values of one block, (row, head, position, d_head); positions are never dropped by themselves."""

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self.length = 0
        self._key_buffer = key_states.new_empty((*key_states.shape[:2], 0, key_states.shape[3]))
        self._value_buffer = value_states.new_empty((*value_states.shape[:2], 0, value_states.shape[3]))
        self.is_initialized = True
        self.filled()

    def filled(self) -> tuple[Tensor, Tensor]:
        """Keys and values so far, as views; transformers reads them from `keys` and `values`."""
        keys, values = self._key_buffer[:, :, : self.length], self._value_buffer[:, :, : self.length]
        self.keys, self.values = keys, values
        return keys, values

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self.length, self.length + key_states.shape[2]
        self._key_buffer = grown(self._key_buffer, start, end, dim=2)
        self._value_buffer = grown(self._value_buffer, start, end, dim=2)
        self._key_buffer[:, :, start:end] = key_states
        self._value_buffer[:, :, start:end] = value_states
        self.length = end
        return self.filled()

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last `-tokens_to_remove` positions, as transformers counts them."""
        if self.is_initialized:
            self.length += tokens_to_remove
            self.filled()

    def lent(self, length: int, n_rows: int) -> GrowingLayer:
        """The first `length` positions, not copied; what grows behind them is another layer's."""
        other = GrowingLayer()
        if self.is_initialized:
            keys, values = (one.expand(n_rows, -1, -1, -1) for one in self.filled())
            other.lazy_initialization(keys, values)
            # Full to the last position: whoever adds one copies first.
            other._key_buffer, other._value_buffer = keys[:, :, :length], values[:, :, :length]
            other.length = length
            other.filled()
        return other

    @property
    def n_bytes(self) -> int:
        if not self.is_initialized:
            return 0
        return self._key_buffer.nbytes + self._value_buffer.nbytes


class KVCache(Cache):
    """One `GrowingLayer` per block."""

    def __init__(self, n_layers: int) -> None:
        self._hold([GrowingLayer() for _ in range(n_layers)])

    def _hold(self, blocks: list[GrowingLayer]) -> None:
        self.blocks = blocks
        super().__init__(layers=[*blocks])

    @property
    def length(self) -> int:
        return self.get_seq_length()

    @property
    def n_bytes(self) -> int:
        return sum(layer.n_bytes for layer in self.blocks)

    def shorten(self, length: int) -> None:
        """Keep the first `length` positions."""
        for layer in self.blocks:
            layer.crop(min(0, length - layer.get_seq_length()))

    def copy(self, length: int) -> KVCache:
        """The first `length` positions in buffers of their own."""
        other = KVCache(len(self.blocks))
        other.append(self, 0, 0, length)
        return other

    def lent(self, length: int, n_rows: int = 1) -> KVCache:
        """The first `length` positions for one pass: it reads these, and what it adds stays its own.

        Args:
            n_rows: that each begin with them; of a cache of one row.
        """
        other = KVCache(0)
        other._hold([layer.lent(length, n_rows) for layer in self.blocks])
        return other

    def append(self, source: KVCache, row: int, start: int, end: int) -> None:
        """Positions `start:end` of one of the source's rows, behind what is here."""
        for mine, theirs in zip(self.blocks, source.blocks, strict=True):
            if theirs.is_initialized and end > start:
                keys, values = theirs.filled()
                mine.update(keys[row : row + 1, :, start:end], values[row : row + 1, :, start:end])


def join(caches: list[KVCache]) -> KVCache:
    """One cache with a row for each, padded on the left with zeros to the longest. None may be empty."""
    joint = KVCache(len(caches[0].blocks))
    longest = max(cache.length for cache in caches)
    for index, layer in enumerate(joint.blocks):
        filled = [cache.blocks[index].filled() for cache in caches]
        layer.update(_padded([keys for keys, _ in filled], longest), _padded([values for _, values in filled], longest))
    return joint


def _padded(rows: list[Tensor], longest: int) -> Tensor:
    """(row, head, longest, d_head), each row at the right end."""
    joint = rows[0].new_zeros((len(rows), rows[0].shape[1], longest, rows[0].shape[3]))
    for index, row in enumerate(rows):
        joint[index, :, longest - row.shape[2] :] = row[0]
    return joint


def left_padding(lengths: list[int], device: torch.device) -> Tensor:
    """Attention mask (row, longest): 1 where a row has a token, 0 in the padding on its left."""
    longest = max(lengths)
    starts = torch.tensor([longest - length for length in lengths], device=device)
    return (torch.arange(longest, device=device)[None] >= starts[:, None]).long()
