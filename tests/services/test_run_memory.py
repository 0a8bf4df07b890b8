from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import psutil
import pytest
import torch

from microscope.engine.device import Priority
from microscope.families.base import Bench, Event, Family, Result
from microscope.lab import Lab
from microscope.services.run_steps import Steps
from microscope.wire.runs import Evidence

from .conftest import OpenDesk

BLOCK = 16_384
"""Floats: 64 kB, which no C library gives back block by block."""

BLOCKS = 2_048
LEFT: list[torch.Tensor] = []
"""A few small things that outlive their run, between the large ones."""


class Scatter(Family, frozen=True):
    """Takes 128 MB in small blocks, and leaves one of them in 64."""

    kind: Literal["scatter"] = "scatter"
    evidence: ClassVar[Evidence] = "control"
    title: ClassVar[str] = "Scatter"

    def check(self, lab: Lab) -> tuple[str, ...]:  # noqa: ARG002 - the signature of all families
        return ()

    def run(self, bench: Bench) -> Iterator[Event]:  # noqa: ARG002 - the signature of all families
        blocks = [torch.ones(BLOCK) for _ in range(BLOCKS)]
        LEFT.extend(blocks[::64])
        yield Result({})


@pytest.mark.anyio
async def test_memory_that_a_run_took_is_the_systems_again_though_something_small_of_it_stays(
    desk: OpenDesk, tmp_path: Path
) -> None:
    process = psutil.Process()
    async with desk() as it:
        device, before = it.lab.device, process.memory_info().rss
        steps = Steps(Scatter(), Bench(it.lab, tmp_path), device)
        try:
            assert isinstance((await device.do(Priority.RUN, steps.some))[-1], Result)
            taken = process.memory_info().rss - before
            await device.do(Priority.RUN, steps.close)
            left = process.memory_info().rss - before
        finally:
            LEFT.clear()
    if taken < BLOCKS * BLOCK * 2:
        pytest.skip("the allocator had that much at hand")
    assert left < taken / 2
