"""The other processes of a training on several devices: started, led and ended by the run's own."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.multiprocessing as mp

from microscope.engine.cores import limit_threads
from microscope.engine.ranks import Ranks

if TYPE_CHECKING:
    from microscope.core.saes.training import Trainer

JOIN_S = 10.0
"""For a helper that was told to end."""


@contextmanager
def company(spec: dict[str, Any], size: int, device: str) -> Generator[Ranks | None]:
    """This process leads `size - 1` helpers; None where it is alone. Leaving ends them.

    Args:
        spec: of the family `train_sae`.
        device: `cpu`, or `cuda`, whose first `size` devices are used.
    """
    if size == 1:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        spawn = mp.get_context("spawn")
        helpers = [
            spawn.Process(target=_help, args=(spec, rank, size, str(meeting), device), daemon=True)
            for rank in range(1, size)
        ]
        for helper in helpers:
            helper.start()
        try:
            ranks = Ranks(0, size, meeting, place(device, 0))
            try:
                yield ranks
                ranks.lead(False)
            finally:
                ranks.close()
        finally:
            for helper in helpers:
                helper.join(JOIN_S)
                helper.kill()


def place(device: str, rank: int) -> torch.device:
    """Rank r's device."""
    return torch.device(device, rank) if device == "cuda" else torch.device(device)


def _help(spec: dict[str, Any], rank: int, size: int, meeting: str, device: str) -> None:
    """A helper's life."""
    from microscope.families.train_sae import TrainSae  # That file imports this one.

    limit_threads()
    ranks = Ranks(rank, size, Path(meeting), place(device, rank))
    try:
        trainer, batches = TrainSae.model_validate(spec).joining(ranks)
        while ranks.follow():
            trainer.step(ranks.part(torch.from_numpy(next(batches))))
    finally:
        ranks.close()


def shared(trainer: Trainer, ranks: Ranks) -> None:
    """All of them go on from where rank 0 stands."""
    tensors, state = ranks.share(trainer.tensors(), trainer.state())
    trainer.restore(tensors, state)
