"""Counts of keys against counting them all."""

import pytest
import torch

from microscope.core.counting import KeyCounts, TableCounts, counts_of, rising


def some_keys() -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return (torch.rand(20_000, generator=draw) ** 3 * 2_000).long()


def test_counts_fall_short_by_no_more_than_is_said() -> None:
    keys = some_keys()
    true = keys.bincount(minlength=2_000)
    counts = KeyCounts(256)
    for part in keys.split(100):
        counts.add(part)
    kept, times = counts.counted()
    short = true[kept] - times
    assert counts.missed > 0
    assert len(kept) <= 256
    assert bool((short >= 0).all())
    assert bool((short <= counts.missed).all())
    gone = torch.ones(2_000, dtype=torch.bool)
    gone[kept] = False
    assert bool((true[gone] <= counts.missed).all())


@pytest.mark.parametrize("counts", [KeyCounts(8), TableCounts(10)], ids=["listed", "table"])
def test_counts_are_exact_while_there_is_room(counts: KeyCounts | TableCounts) -> None:
    for key in torch.tensor([5, 3, 5, 9, 5, 3]):
        counts.add(key[None])
    kept, times = counts.counted()
    assert (kept.tolist(), times.tolist(), counts.missed) == ([3, 5, 9], [2, 3, 1], 0)


@pytest.mark.parametrize("counts", [KeyCounts(2_000), TableCounts(2_000)], ids=["listed", "table"])
def test_merged_counts_are_those_of_all_keys_at_once(counts: KeyCounts | TableCounts) -> None:
    keys = some_keys()
    expected = keys.bincount(minlength=2_000)
    for part in keys.split(700):
        counts.add(part)
    kept, times = counts.counted()
    assert torch.equal(kept, expected.nonzero()[:, 0])
    assert torch.equal(times, expected[kept])


def test_a_table_is_taken_where_it_is_smaller_than_lists() -> None:
    assert isinstance(counts_of(12_000, 1_000), TableCounts)
    assert isinstance(counts_of(12_001, 1_000), KeyCounts)


@pytest.mark.parametrize("n_keys", [2_000, 2_000_000], ids=["table", "listed"])
def test_counting_goes_on_where_it_stopped(n_keys: int) -> None:
    keys, capacity = some_keys(), 4_000
    whole, first, second = (counts_of(n_keys, capacity) for _ in range(3))
    whole.add(keys)
    first.add(keys[:9_000])
    second.restore(*first.counted(), missed=first.missed)
    second.add(keys[9_000:])
    for one, other in zip(whole.counted(), second.counted(), strict=True):
        assert torch.equal(one, other)


def test_numbers_rise_in_a_list_of_their_own() -> None:
    numbers = torch.randint(-(2**60), 2**60, (5_000,), generator=torch.Generator().manual_seed(0))
    before = numbers.clone()
    assert torch.equal(rising(numbers), before.sort().values)
    assert torch.equal(numbers, before)
