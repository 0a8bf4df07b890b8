"""A lab in a folder of its own with a tiny model, on the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from microscope.families import families
from microscope.lab import Lab
from microscope.services import Services, open_services
from microscope.services.conversations import Conversations
from microscope.services.hub import Hub
from microscope.services.models import Models
from microscope.services.patch_library import PatchLibrary
from microscope.services.patch_places import PatchPlaces
from microscope.services.patch_sets import PatchSets
from microscope.services.saes import Saes
from microscope.services.schedules import Schedules
from microscope.services.traces import Traces
from microscope.settings import Settings
from microscope.wire.models import LoadModel

from .run_families import Count


class Bench(NamedTuple):
    """A lab and the services over it."""

    lab: Lab
    models: Models
    hub: Hub
    conversations: Conversations
    traces: Traces
    sets: PatchSets


@asynccontextmanager
async def _opened(home: Path, folder: Path, settings: dict[str, object]) -> AsyncGenerator[Bench]:
    given = {"home": home, "device": "cpu", "model_budget_bytes": 1 << 30, **settings}
    lab = Lab.open(Settings.model_validate(given))
    models, hub = Models(lab), Hub(lab.settings.outbox_messages)
    library = PatchLibrary(lab, models)
    sets = PatchSets(lab, library, PatchPlaces(Saes(lab, models), library))
    conversations = Conversations(lab, models, hub, Schedules(sets))
    try:
        await models.load(LoadModel(model=str(folder)))
        yield Bench(lab, models, hub, conversations, Traces(lab, models, sets), sets)
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


OpenDesk = Callable[..., AbstractAsyncContextManager[Services]]


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncGenerator[Services]:
    services = open_services(Lab.open(settings))
    try:
        yield services
    finally:
        await services.runner.close()
        await services.newsroom.close()
        await services.conversations.close()
        await services.lab.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenDesk:
    """`async with desk() as it:` is all services without a model; the family `count` can be run."""
    monkeypatch.setitem(families(), "count", Count)

    def make(**settings: object) -> AbstractAsyncContextManager[Services]:
        given = {"home": tmp_path / "home", "device": "cpu", "model_budget_bytes": 1 << 30, **settings}
        return _desk(Settings.model_validate(given))

    return make


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
