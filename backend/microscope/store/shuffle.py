"""Rows in a shuffled order from a disk that is fast only where it reads on.

1. the rows are cut into blocks that lie together; an epoch takes the blocks in an order drawn for it
2. 128 blocks or more are a pool, read block after block; its rows are shuffled in memory
3. batches are cut from the pools one after the other, on into the next epoch

Any batch can be the first: every order is drawn from (seed, epoch, pool). Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Positions: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = NDArray[Any]

POOL_BYTES = 2**28
"""Of rows that are shuffled in memory at a time."""

BLOCKS = 128
"""In a pool, so that a batch mixes many documents."""


def shuffled(
    read: Callable[[Positions], Rows], n_rows: int, row_bytes: int, batch_rows: int, seed: int, start: int
) -> Iterator[Rows]:
    """Batches of `batch_rows` rows without end, from batch `start` on.

    Args:
        read: the rows at these positions, quickest where they ascend; they are copied before it is called again.
    """
    block = max(1, POOL_BYTES // row_bytes // BLOCKS)
    skip = start * batch_rows
    epoch, skip = divmod(skip, n_rows)
    pools = _pools(n_rows, block, seed, epoch)
    pending: list[Rows] = []
    n_pending = 0
    for rng, positions in pools:
        if skip >= len(positions):
            skip -= len(positions)
            continue
        pool = read(positions)
        order = rng.permutation(len(positions))[skip:]
        skip = 0
        while len(order):
            taken, order = order[: batch_rows - n_pending], order[batch_rows - n_pending :]
            # "clip" checks no bounds: three times as fast as `pool[taken]` for short rows.
            pending.append(np.take(pool, taken, axis=0, mode="clip"))
            n_pending += len(taken)
            if n_pending == batch_rows:
                yield pending[0] if len(pending) == 1 else np.concatenate(pending)
                pending, n_pending = [], 0


def _pools(n_rows: int, block: int, seed: int, epoch: int) -> Iterator[tuple[np.random.Generator, Positions]]:
    """The rows of each pool, block after block, and what shuffles them; epoch after epoch."""
    n_blocks = -(-n_rows // block)
    while True:
        order = np.random.default_rng((seed, epoch)).permutation(n_blocks)
        for pool, at in enumerate(range(0, n_blocks, BLOCKS)):
            blocks = [np.arange(one * block, min((one + 1) * block, n_rows)) for one in order[at : at + BLOCKS]]
            yield np.random.default_rng((seed, epoch, pool + 1)), np.concatenate(blocks)
        epoch += 1
