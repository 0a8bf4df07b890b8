"""A lab in a folder of its own with a tiny model, on the test's own event loop."""

from __future__ import annotations

import shutil
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
from microscope.services.patch_sets import PatchSets
from microscope.services.scripts import Scripts
from microscope.services.traces import Traces
from microscope.settings import Settings
from microscope.store.database import DATABASE, open_database
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
    scripts: Scripts


@asynccontextmanager
async def _opened(home: Path, folder: Path, settings: dict[str, object]) -> AsyncGenerator[Bench]:
    given = {"home": home, "device": "cpu", "model_budget_bytes": 1 << 30, **settings}
    it = open_services(Lab.open(Settings.model_validate(given)))
    try:
        await it.models.load(LoadModel(model=str(folder)))
        yield Bench(it.lab, it.models, it.hub, it.conversations, it.traces, it.patches.sets, it.scripts)
    finally:
        await it.conversations.close()
        await it.lab.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database: its migrations take longer than most tests."""
    file = tmp_path_factory.mktemp("database") / DATABASE
    open_database(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def own_home(tmp_path: Path, migrated: Path) -> Path:
    """A folder with such a database."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copyfile(migrated, folder / DATABASE)
    return folder


OpenBench = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def bench(own_home: Path, tiny_folder: Callable[[str], Path]) -> OpenBench:
    """`async with bench("llama", max_streams=2) as it:` opens everything, and again on the same home folder."""

    def make(
        shape: str = "gpt2", folder: Path | None = None, home: Path = own_home, **settings: object
    ) -> AbstractAsyncContextManager[Bench]:
        return _opened(home, folder or tiny_folder(shape), settings)

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
def desk(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> OpenDesk:
    """`async with desk() as it:` is all services without a model; the family `count` can be run."""
    monkeypatch.setitem(families(), "count", Count)

    def make(**settings: object) -> AbstractAsyncContextManager[Services]:
        given = {"home": own_home, "device": "cpu", "model_budget_bytes": 1 << 30, **settings}
        return _desk(Settings.model_validate(given))

    return make


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
