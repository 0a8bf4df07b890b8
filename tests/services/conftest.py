"""A lab in a folder of its own with a tiny model, on the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from microscope.lab import Lab
from microscope.services.conversations import Conversations
from microscope.services.hub import Hub
from microscope.services.models import Models
from microscope.services.traces import Traces
from microscope.settings import Settings
from microscope.wire import LoadModel


class Bench(NamedTuple):
    """A lab and the services over it."""

    lab: Lab
    models: Models
    hub: Hub
    conversations: Conversations
    traces: Traces


@asynccontextmanager
async def _opened(home: Path, folder: Path, settings: dict[str, object]) -> AsyncGenerator[Bench]:
    given = {"home": home, "device": "cpu", "model_budget_bytes": 1 << 30, **settings}
    lab = Lab.open(Settings.model_validate(given))
    models, hub = Models(lab), Hub(lab.settings.outbox_messages)
    conversations = Conversations(lab, models, hub)
    try:
        await models.load(LoadModel(model=str(folder)))
        yield Bench(lab, models, hub, conversations, Traces(lab, models))
    finally:
        await conversations.close()
        await lab.close()


OpenBench = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def bench(tmp_path: Path, tiny_folder: Callable[[str], Path]) -> OpenBench:
    """`async with bench("llama", max_streams=2) as it:` opens everything, and again on the same home folder."""

    def make(
        shape: str = "gpt2", folder: Path | None = None, home: Path | None = None, **settings: object
    ) -> AbstractAsyncContextManager[Bench]:
        return _opened(home or tmp_path / "home", folder or tiny_folder(shape), settings)

    return make


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
