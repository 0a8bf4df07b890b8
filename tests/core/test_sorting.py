"""Sorting by the quicker ways against torch's own."""

import torch

from microscope.core.sorting import grouped, rising


def test_numbers_rise() -> None:
    draw = torch.Generator().manual_seed(0)
    numbers = torch.randint(-(2**60), 2**60, (5_000,), generator=draw)
    before = numbers.clone()
    assert torch.equal(rising(numbers), before.sort().values)
    assert torch.equal(numbers, before)


def test_equal_numbers_stay_in_their_order() -> None:
    draw = torch.Generator().manual_seed(1)
    for size, kinds in ((0, 3), (1, 1), (5_000, 7), (5_000, 100_000)):
        numbers = torch.randint(kinds, (size,), generator=draw)
        assert torch.equal(grouped(numbers, kinds), numbers.sort(stable=True).indices)
