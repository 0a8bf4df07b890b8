"""A family's generator, a few steps at a time; lives on the device's thread."""

from __future__ import annotations

import time

import torch

from microscope.engine.device import Device
from microscope.engine.memory import give_back
from microscope.families.base import Bench, Checkpoint, Event, Family, Result

STINT_S = 0.02
"""How long steps may follow each other in one job of the device while nobody waits."""


class Steps:
    """Call `some` until it gives a result, and `close` in any case."""

    def __init__(self, family: Family, bench: Bench, device: Device) -> None:
        self._events = iter(family.run(bench))
        self._device = device
        self._wrong: Exception | None = None

    def some(self) -> list[Event]:
        """One event, and more of them while nobody waits for the device; one that fails is told after those before it.

        A checkpoint is copied before the next step writes into its tensors.
        """
        if self._wrong is not None:
            raise self._wrong
        events: list[Event] = []
        until = time.monotonic() + STINT_S
        while not events or not (self._device.waiting or time.monotonic() >= until):
            try:
                event = next(self._events, None)
                assert event is not None, "it ended without a result: its last event must be a Result"
            except Exception as wrong:
                if not events:
                    raise
                self._wrong = wrong
                break
            if isinstance(event, Checkpoint):
                event = event._replace(tensors={name: _copied(tensor) for name, tensor in event.tensors.items()})
            events.append(event)
            if isinstance(event, Result | Checkpoint):
                break
        return events

    def close(self) -> None:
        """Let go of what it works with, its memory included."""
        close = getattr(self._events, "close", None)
        if close is not None:
            close()
        give_back()


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
