"""Runs that are stopped while they write, and two servers over one home: real families, through the queue."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.families import harvest
from microscope.services import Services
from microscope.services.hub import EVERYONE, run_topic
from microscope.store import recorder
from microscope.store.activations import open_recording, read_journal
from microscope.store.checkpoints import write_sae
from microscope.wire.line import Changed
from microscope.wire.run_queue import NewRun, RunChange
from microscope.wire.runs import RunNews

from .conftest import OpenDesk

pytestmark = pytest.mark.anyio

TEXTS = [f"{name} went to the {place} and gave {name} a {thing}." for name in ("Mary", "John", "France", "Paris")
         for place in ("store", "mat", "dog") for thing in ("cat", "drink", "one", "two")]  # fmt: skip


@pytest.fixture
def gpt2(tiny_folder: Callable[[str], Path]) -> str:
    return str(tiny_folder("gpt2"))


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))
    return file


async def until(holds: Callable[[], object]) -> None:
    for _ in range(4_000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen in 20 s")


def submit(it: Services, kind: str, **spec: Any) -> str:
    return it.planning.submit(NewRun(spec={"kind": kind, **spec})).id


async def cancelled(it: Services, id: str, once: Callable[[], object]) -> None:
    """Asked to stop as soon as something holds, in the middle of its work."""
    working = asyncio.create_task(it.runner.work(once=True))
    await until(once)
    it.runs.change(id, RunChange(action="cancel"))
    await working
    assert it.runs.row(id).status == "cancelled"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.parquet")}


async def test_a_recording_that_is_cancelled_while_it_writes_is_whole_and_goes_on(
    desk: OpenDesk, gpt2: str, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "SHARD_BYTES", 60 * 64 * 2)
    spec = {"model": gpt2, "sites": ["L1.resid_post"], "dataset": str(texts), "batch_tokens": 64}
    async with desk() as it:
        submit(it, "record_activations", **spec, out=str(tmp_path / "undisturbed"))
        await it.runner.work(drain=True)
        id = submit(it, "record_activations", **spec, out=str(tmp_path / "recording"))
        await cancelled(it, id, lambda: list((tmp_path / "recording").glob("train/*/*.parquet")))
        whole = len(read_journal(tmp_path / "undisturbed").parts)
        assert len(read_journal(tmp_path / "recording").parts) < whole
        assert not open_recording(tmp_path / "recording").header.complete
        assert not (tmp_path / ".recording.partial").exists()
        it.runs.change(id, RunChange(action="requeue"))
        await it.runner.work(drain=True)
        assert it.runs.row(id).status == "succeeded"
        assert contents(tmp_path / "recording") == contents(tmp_path / "undisturbed")


def pieces(count: int) -> Iterator[range]:
    return (range(at, at + 50) for at in range(0, count, 50))


async def test_a_harvest_that_is_cancelled_while_it_writes_leaves_the_old_dictionary_and_goes_on(
    desk: OpenDesk, gpt2: str, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = torch.Generator().manual_seed(0)
    n = 4_000
    shapes = {"W_enc": (64, n), "b_enc": (n,), "W_dec": (n, 64), "b_dec": (64,)}
    spec = Spec(architecture=TopK(k=4), d_in=64, d_sae=n, d_out=64, site="L1.resid_post")
    sae = Sae(spec, {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()})
    folder = write_sae(tmp_path / "sae", sae)
    monkeypatch.setattr(harvest, "chunks", pieces)
    given = {"sae": str(folder), "dataset": str(texts), "model": gpt2}
    async with desk() as it:
        submit(it, "harvest", **given, max_tokens=200)
        await it.runner.work(drain=True)
        place = it.lab.folder.path("features/sae")
        before = {file.name: file.read_bytes() for file in place.iterdir()}
        # Slow enough to be seen at it.
        monkeypatch.setattr(harvest, "chunks", lambda count: (time.sleep(0.02) or part for part in pieces(count)))
        id = submit(it, "harvest", **given)
        await cancelled(it, id, lambda: list(place.parent.glob(".sae.*/examples.parquet")))
        assert {file.name: file.read_bytes() for file in place.iterdir()} == before
        assert [path.name for path in place.parent.iterdir()] == ["sae"]
        monkeypatch.setattr(harvest, "chunks", pieces)
        it.runs.change(id, RunChange(action="requeue"))
        await it.runner.work(drain=True)
        assert json.loads((place / "dictionary.json").read_text())["run"] == id


async def test_a_directory_that_is_deleted_under_a_running_run_is_told(desk: OpenDesk, tmp_path: Path) -> None:
    """What it had measured is gone: it fails in words, instead of showing the rest as the whole."""
    async with desk() as it:
        id = submit(it, "count", to=120, every=5, step_s=0.01)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 10)
        Path(it.runs.get(id).directory).rename(tmp_path / "away")
        await working
        failure = it.runs.row(id).failure
        assert failure is not None
        assert "parts of the table 'numbers' are gone from" in failure.error
        assert "delete the run's directory and requeue it" in failure.next
        shutil.rmtree(it.runs.get(id).directory)
        it.runs.change(id, RunChange(action="requeue"))
        await it.runner.work(drain=True)
        assert it.runs.get(id).metrics["total"] == sum(range(120))


async def test_a_second_server_over_one_home_hears_of_the_firsts_runs_as_they_go(desk: OpenDesk) -> None:
    async with desk() as first, desk() as second:
        id = submit(first, "count", to=60, every=20, step_s=0.02)
        reader = second.hub.subscribe(EVERYONE, run_topic(id))
        heard: list[Any] = [second.newsroom.follow(id, 0)]
        second.newsroom.start()

        async def listen() -> None:
            async for outgoing in reader:
                heard.append(outgoing.message)

        listening = asyncio.create_task(listen())
        await first.runner.work(drain=True)
        await until(lambda: any(isinstance(one, RunNews) and one.row.status == "succeeded" for one in heard))
        reader.close()
        await listening
        news = [one for one in heard if isinstance(one, RunNews)]
        assert "running" in {one.row.status for one in news}, "it is heard of before its end"
        assert [point["step"] for one in news for point in one.points] == [float(step) for step in range(1, 61)]
        assert any(isinstance(one, Changed) and one.what == "runs" for one in heard)
        assert second.runs.get(id).metrics["total"] == sum(range(60))
