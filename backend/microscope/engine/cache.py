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
        self._look()

    def _look(self) -> None:
        """`keys` and `values` are views of what is filled."""
        self.keys = self._key_buffer[:, :, : self.length]
        self.values = self._value_buffer[:, :, : self.length]

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self.length, self.length + key_states.shape[2]
        self._key_buffer = grown(self._key_buffer, start, end, dim=2)
        self._value_buffer = grown(self._value_buffer, start, end, dim=2)
        self._key_buffer[:, :, start:end] = key_states
        self._value_buffer[:, :, start:end] = value_states
        self.length = end
        self._look()
        assert self.keys is not None and self.values is not None
        return self.keys, self.values

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last `-tokens_to_remove` positions, as transformers counts them."""
        if self.is_initialized:
            self.length += tokens_to_remove
            self._look()

    @property
    def n_bytes(self) -> int:
        if not self.is_initialized:
            return 0
        return self._key_buffer.nbytes + self._value_buffer.nbytes


class KVCache(Cache):
    """One `GrowingLayer` per block."""

    def __init__(self, n_layers: int) -> None:
        self.blocks = [GrowingLayer() for _ in range(n_layers)]
        super().__init__(layers=[*self.blocks])

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

    def append(self, source: KVCache, row: int, start: int, end: int) -> None:
        """Positions `start:end` of one of the source's rows, behind what is here."""
        for mine, theirs in zip(self.blocks, source.blocks, strict=True):
            if theirs.is_initialized and end > start:
                assert theirs.keys is not None and theirs.values is not None
                mine.update(theirs.keys[row : row + 1, :, start:end], theirs.values[row : row + 1, :, start:end])


def join(caches: list[KVCache]) -> KVCache:
    """One cache with a row for each, padded on the left with zeros to the longest; spare room for what follows."""
    joint = KVCache(len(caches[0].blocks))
    longest = max(cache.length for cache in caches)
    for index, layer in enumerate(joint.blocks):
        first = caches[0].blocks[index]
        assert first.keys is not None and first.values is not None, "an empty cache cannot join a batch"
        keys = first.keys.new_zeros((len(caches), first.keys.shape[1], longest, first.keys.shape[3]))
        values = first.values.new_zeros((len(caches), first.values.shape[1], longest, first.values.shape[3]))
        for row, cache in enumerate(caches):
            block = cache.blocks[index]
            assert block.keys is not None and block.values is not None, "an empty cache cannot join a batch"
            keys[row, :, longest - cache.length :] = block.keys[0]
            values[row, :, longest - cache.length :] = block.values[0]
        layer.update(keys, values)
    return joint


def left_padding(lengths: list[int], device: torch.device) -> Tensor:
    """Attention mask (row, longest): 1 where a row has a token, 0 in the padding on its left."""
    longest = max(lengths)
    starts = torch.tensor([longest - length for length in lengths], device=device)
    return (torch.arange(longest, device=device)[None] >= starts[:, None]).long()
