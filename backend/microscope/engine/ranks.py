"""Processes that train one autoencoder together, each on a device of its own, joined by torch.distributed.

Every process holds the whole autoencoder and takes every `size`-th row of each batch; gradients are averaged over all
of them, so that all take the same step. Rank 0 leads: it says before each step whether there is one.
Knows tensors and devices; knows no recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float
from pydantic import JsonValue
from torch import Tensor

from microscope.core.saes.learning import Gradients

PATIENCE = timedelta(minutes=10)
"""For another process; a dead one is noticed at once."""


class Ranks:
    """This process among the others. It is a `Together` for `core/saes/training.py`."""

    def __init__(self, rank: int, size: int, meeting: Path, device: torch.device) -> None:
        """Returns when all of them are there.

        Args:
            meeting: a file that is not there yet, the same for all of them.
        """
        self.rank, self.size, self.device = rank, size, device
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, init_method=f"file://{meeting}", rank=rank, world_size=size, timeout=PATIENCE)

    def part(self, batch: Any) -> Any:
        """This process' rows of a batch."""
        return batch[self.rank :: self.size]

    def joined(self, found: Gradients) -> Gradients:
        """Means of what is a mean over rows, sums of what counts them."""
        return Gradients(
            self._mean(found.value),
            self.rows(found.x_hat),
            self._sum(found.fired),
            {name: self._mean(value) for name, value in found.by_name.items()},
            {name: self._mean(value) for name, value in found.buffers.items()},
        )

    def rows(self, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "all_rows d_in"]:
        """Everybody's, in the batch's order."""
        parts = [torch.empty_like(x) for _ in range(self.size)]
        dist.all_gather(parts, x.contiguous())
        return torch.stack(parts, dim=1).flatten(0, 1)

    def lead(self, go_on: bool) -> None:
        """Rank 0 says whether there is a next step."""
        self._told(torch.tensor([float(go_on)]))

    def follow(self) -> bool:
        """What rank 0 says."""
        return bool(self._told(torch.zeros(1)))

    def share(self, tensors: Mapping[str, Tensor], state: Mapping[str, JsonValue]) -> tuple[Any, Any]:
        """Rank 0's checkpoint, for all of them."""
        held: list[Any] = [dict(tensors), dict(state)] if self.rank == 0 else [None, None]
        dist.broadcast_object_list(held, src=0, device=self.device)
        return held[0], held[1]

    def close(self) -> None:
        dist.destroy_process_group()

    def _told(self, word: Tensor) -> Tensor:
        word = word.to(self.device)
        dist.broadcast(word, src=0)
        return word

    def _sum(self, value: Tensor) -> Tensor:
        total = value.contiguous().clone()
        dist.all_reduce(total)
        return total

    def _mean(self, value: Tensor) -> Tensor:
        return self._sum(value) / self.size
