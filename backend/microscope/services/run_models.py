"""The models of a run: loaded, pinned as long as it works, and not waited for when it is to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from microscope.engine.model import Model
from microscope.families.base import ModelWish, Progress
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.services.run_claim import Claim
from microscope.wire.models import LoadModel, LoadProgress


class RunModels:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models, claim: Claim, at: Callable[[Progress], None]) -> None:
        """
        Args:
            at: told how far a load is.
        """
        self._lab, self._models, self._claim, self._at = lab, models, claim, at

    async def hold(self, wish: ModelWish, pins: AsyncExitStack) -> Model:
        """
        Raises:
            Stopped, Lost: the run is not to go on; the load does.
        """
        settings = self._lab.settings
        how = wish if wish.name else settings
        request = {"model": wish.full_name(settings.model), "revision": how.revision, "dtype": how.dtype}
        load = LoadModel.model_validate({**request, "device": settings.device})

        async def held() -> Model:
            loaded = await self._models.hold(load, self._loading)
            if not self._claim.halted.is_set():
                pins.enter_context(self._lab.models.pinned(loaded.slug))
            return loaded.model

        holding = asyncio.create_task(held())
        await self._unless_halted(holding)
        self._claim.look()
        return await holding

    async def _unless_halted(self, task: asyncio.Task[Any]) -> None:
        """Wait for it; where the run is to stop, it goes on without anybody waiting for it."""
        halted = asyncio.create_task(self._claim.halted.wait())
        try:
            await asyncio.wait((task, halted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            halted.cancel()
        if not task.done():
            task.add_done_callback(_forget)

    def _loading(self, now: LoadProgress) -> None:
        if self._claim.halted.is_set():
            return
        self._at(Progress(now.done_bytes, now.of_bytes or None, "bytes", f"loading {now.model}: {now.stage}"))


def _forget(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more: what went wrong with it is nobody's trouble."""
    if not task.cancelled():
        task.exception()
