"""Sorting whole numbers: on a CPU several times faster than torch does it, with the same result.

numpy sorts 64-bit numbers by vector instructions, but not the order that sorts them; scipy turns a sparse table from
rows to columns by counting, which is a sort of small numbers in one pass.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int
from scipy.sparse import csr_array
from torch import Tensor


def rising(numbers: Int[Tensor, " number"]) -> Int[Tensor, " number"]:
    """The numbers in rising order."""
    if numbers.device.type != "cpu":
        return numbers.sort().values
    return torch.from_numpy(np.sort(numbers.numpy()))


def grouped(numbers: Int[Tensor, " number"], n_kinds: int) -> Int[Tensor, " number"]:
    """The order in which they rise; equal ones stay as they stand.

    Args:
        n_kinds: all of them are below.
    """
    if numbers.device.type != "cpu" or len(numbers) >= 2**31:
        return numbers.sort(stable=True).indices
    n = len(numbers)
    # A row for each number, with one entry, in the number's column: by columns they stand as wanted.
    entries = (np.ones(n, np.int8), numbers.numpy().astype(np.int32), np.arange(n + 1, dtype=np.int32))
    return torch.from_numpy(csr_array(entries, shape=(n, n_kinds)).tocsc().indices.astype(np.int64))
