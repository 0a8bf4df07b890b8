from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from microscope.store import shuffle


def stream(n_rows: int, batch: int, start: int = 0, seed: int = 0) -> Iterator[NDArray[Any]]:
    """Of row numbers: what is read at a position is the position."""
    return shuffle.shuffled(lambda positions: positions, n_rows, 8, batch, seed, start)


@pytest.fixture
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 4 rows of 8 bytes, 5 blocks to a pool."""
    monkeypatch.setattr(shuffle, "BLOCKS", 5)
    monkeypatch.setattr(shuffle, "POOL_BYTES", 5 * 4 * 8)


@pytest.mark.usefixtures("small_pools")
@pytest.mark.parametrize("n_rows", [1, 19, 20, 21, 103])
def test_every_epoch_has_each_row_once_in_an_order_of_its_own(n_rows: int) -> None:
    rows = np.concatenate(list(islice(stream(n_rows, 1), 3 * n_rows))).reshape(3, n_rows)
    for epoch in rows:
        assert sorted(epoch) == list(range(n_rows))
    if n_rows > 10:
        assert not np.array_equal(rows[0], rows[1])


@pytest.mark.usefixtures("small_pools")
@pytest.mark.parametrize("batch", [1, 7, 20, 50, 300])
def test_beginning_later_gives_what_going_there_would(batch: int) -> None:
    whole = list(islice(stream(103, batch), 12))
    assert all(len(one) == batch for one in whole)
    for start in (0, 1, 5, 11):
        np.testing.assert_array_equal(next(stream(103, batch, start)), whole[start])


@pytest.mark.usefixtures("small_pools")
def test_a_pool_mixes_blocks_from_all_over() -> None:
    """Rows of one batch lie in as many blocks as a pool has, not beside each other."""
    batch = next(stream(4_000, 20))
    assert len(np.unique(batch // 4)) == 5
    assert np.ptp(batch) > 1_000


def test_seeds_draw_different_orders_and_the_same_one_the_same() -> None:
    first, again, other = (next(stream(1_000, 100, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
