from __future__ import annotations

import torch
from torch import Tensor
from transformers.cache_utils import DynamicLayer

from microscope.engine.cache import GrowingLayer, KVCache, join, left_padding


def states(length: int, rows: int = 1) -> tuple[Tensor, Tensor]:
    return torch.randn(rows, 2, length, 4), torch.randn(rows, 2, length, 4)


def filled(length: int) -> KVCache:
    cache = KVCache(3)
    for layer in cache.blocks:
        layer.update(*states(length))
    return cache


def test_it_holds_what_transformers_own_layer_holds() -> None:
    ours, theirs = GrowingLayer(), DynamicLayer()
    for length in (5, 1, 1, 200, 1):
        keys, values = states(length)
        for mine, other in zip(ours.update(keys, values), theirs.update(keys, values), strict=True):
            assert torch.equal(mine, other)
    assert ours.get_seq_length() == theirs.get_seq_length() == 208
    ours.crop(-100)
    theirs.crop(-100)
    keys, values = states(3)
    assert torch.equal(ours.update(keys, values)[0], theirs.update(keys, values)[0])


def test_a_token_does_not_copy_what_is_there() -> None:
    layer = GrowingLayer()
    first = layer.update(*states(5))[0]
    second = layer.update(*states(1))[0]
    assert first.data_ptr() == second.data_ptr()


def test_a_copy_is_its_own() -> None:
    cache = filled(9)
    copied = cache.copy(5)
    before = copied.blocks[1].filled()[0].clone()
    cache.shorten(3)
    cache.blocks[1].update(*states(6))
    assert torch.equal(copied.blocks[1].filled()[0], before)
    assert copied.length == 5
    assert cache.blocks[0].get_seq_length() == 3


def test_rows_are_joined_at_the_right_and_parted_again() -> None:
    caches = [filled(4), filled(9)]
    joint = join(caches)
    assert joint.length == 9
    assert torch.equal(joint.blocks[2].filled()[1][0, :, 5:], caches[0].blocks[2].filled()[1][0])
    assert not joint.blocks[2].filled()[1][0, :, :5].any()
    keys, values = states(1, rows=2)
    for layer in joint.blocks:
        layer.update(keys, values)
    caches[0].append(joint, 0, 5 + 4, 5 + 5)
    assert caches[0].length == 5
    assert torch.equal(caches[0].blocks[0].filled()[0][0, :, -1], keys[0, :, 0])


def test_padding_is_on_the_left() -> None:
    assert left_padding([1, 3], torch.device("cpu")).tolist() == [[0, 0, 1], [1, 1, 1]]
