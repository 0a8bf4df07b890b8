from __future__ import annotations

import asyncio
import hashlib
import json
import resource
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.engine.device import PATIENCE, Priority
from microscope.errors import Incompatible
from microscope.families import families
from microscope.services import Services, models
from microscope.services.hub import EVERYONE, Subscription
from microscope.services.leases import Leases
from microscope.services.run_claim import LOOK_S
from microscope.services.runner import Runner
from microscope.services.runs import Which
from microscope.store import queue
from microscope.store.checkpoints import write_sae
from microscope.store.run_checkpoints import read_checkpoint
from microscope.store.run_folder import CHECKPOINT, sha256
from microscope.wire.line import Changed
from microscope.wire.run_queue import NewRun, RunChange
from microscope.wire.runs import Run
from microscope.wire.unions import ServerMessage

from .conftest import OpenDesk
from .run_families import STEPS, Count

pytestmark = pytest.mark.anyio


def submit(it: Services, **spec: Any) -> str:
    return it.planning.submit(NewRun(spec={"kind": "count", **spec})).id


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in 20 s")


async def worked(it: Services, id: str) -> Run:
    await it.runner.work(drain=True)
    return it.runs.get(id)


def numbers(run: Run) -> list[int]:
    return pq.read_table(Path(run.directory) / "tables/numbers.parquet")["n"].to_pylist()


def steps(it: Services, run: Run) -> list[float | None]:
    return list(it.run_files.series(run.row.id, 0).columns["step"])


async def test_a_run_leaves_its_spec_its_results_and_a_manifest_that_is_true(desk: OpenDesk) -> None:
    async with desk() as it:
        run = await worked(it, submit(it, to=10, every=3))
        assert run.row.status == "succeeded"
        assert run.metrics == {"total": 45.0, "nothing": None}
        assert run.row.headline == {"total": 45.0, "nothing": None}
        assert numbers(run) == list(range(10))
        assert steps(it, run) == [float(number) for number in range(1, 11)]
        assert run.live == ("total",)
        assert run.environment["data"] == {"given": {"sha256": hashlib.sha256(b"").hexdigest()}}
        assert run.environment["seeds"] == {"seed": 0}
        folder = Path(run.directory)
        assert json.loads((folder / "spec.json").read_text()) == run.spec
        manifest = json.loads((folder / "manifest.json").read_text())["files"]
        there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert set(manifest) == there - {"manifest.json"}
        assert {name: sha256(folder / name) for name in manifest} == {
            name: one["sha256"] for name, one in manifest.items()
        }


async def test_what_the_steps_of_a_curve_count_is_kept_with_each_point(desk: OpenDesk) -> None:
    async with desk() as it:
        run = await worked(it, submit(it, to=3))
        assert it.run_files.series(run.row.id, 0).unit == "numbers"
        news = it.newsroom.follow(run.row.id, 0)
        assert (news.unit, [set(point) for point in news.points]) == ("numbers", [{"step", "time", "total"}] * 3)
        file = Path(run.directory) / "series.jsonl"
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [(line["unit"], line["stage"]) for line in lines] == [("numbers", "")] * 3
        older = [{name: line[name] for name in ("step", "time", "total")} for line in lines]
        file.write_text("".join(f"{json.dumps(line)}\n" for line in older))
        series = it.run_files.series(run.row.id, 0)
        assert (series.unit, series.columns["step"]) == (None, (1, 2, 3))
        assert it.newsroom.follow(run.row.id, 0).unit is None


async def test_the_same_spec_may_be_run_again(desk: OpenDesk) -> None:
    async with desk() as it:
        first, second = submit(it, to=3), submit(it, to=3)
        assert await it.runner.work(drain=True) == 2
        one, two = it.runs.get(first), it.runs.get(second)
        assert one.spec_sha256 == two.spec_sha256
        assert one.metrics == two.metrics


@pytest.mark.parametrize(("every", "goes_on_at"), [(4, 8), (0, 0)])
async def test_a_run_that_failed_goes_on_from_its_checkpoint_with_each_row_once(
    desk: OpenDesk, every: int, goes_on_at: int
) -> None:
    async with desk() as it:
        id = submit(it, to=12, every=every, fails_at=10 if every else 99)
        if not every:
            it.runs.change(id, RunChange(action="cancel"))
        run = await worked(it, id)
        if every:
            assert run.row.failure is not None
            assert "ZeroDivisionError: it was to fail" in run.row.failure.error
            assert any("Traceback" in line.text for line in it.run_files.log(id, 0))
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert (run.row.status, run.row.failure) == ("succeeded", None)
        assert numbers(run) == list(range(12))
        assert steps(it, run) == [float(number) for number in range(1, 13)]
        assert run.metrics["total"] == sum(range(12))
        said = [line.text for line in it.run_files.log(id, 0)]
        assert (f"Goes on at {goes_on_at}." in said) == bool(every)
        assert not (Path(run.directory) / "parts").exists()


async def test_cancel_stops_a_run_at_once_and_leaves_what_is_whole(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=100_000, every=5, step_s=0.01)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: it.runs.row(id).progress is not None)
        began = time.monotonic()
        assert it.runs.change(id, RunChange(action="cancel")).row.stopping == "cancel"
        await working
        assert time.monotonic() - began < 2
        run = it.runs.get(id)
        assert (run.row.status, run.row.stopping) == ("cancelled", None)
        assert it.lab.device.waiting == 0
        parts = sorted((Path(run.directory) / "parts/numbers").iterdir())
        rows = [number for part in parts for number in pq.read_table(part)["n"].to_pylist()]
        assert rows == list(range(len(rows)))
        assert {file.path for file in run.artifacts if file.sha256} >= {"spec.json", "series.jsonl"}


async def test_a_paused_run_goes_on_from_its_last_checkpoint(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=60, every=5, step_s=0.01)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 10)
        it.runs.change(id, RunChange(action="pause"))
        await working
        assert it.runs.row(id).status == "paused"
        assert await it.runner.work(drain=True) == 0
        it.runs.change(id, RunChange(action="resume"))
        run = await worked(it, id)
        assert run.row.status == "succeeded"
        assert run.row.attempts == 2
        assert numbers(run) == list(range(60))
        assert steps(it, run) == [float(number) for number in range(1, 61)]
        times = [value for value in it.run_files.series(id, 0).columns["time"] if value is not None]
        assert times == sorted(times)


@pytest.mark.parametrize(
    ("action", "status", "again"), [("pause", "paused", "resume"), ("cancel", "cancelled", "requeue")]
)
async def test_what_was_done_up_to_a_stop_is_not_done_again(
    desk: OpenDesk, action: Any, status: str, again: Any
) -> None:
    """Of a family that takes a checkpoint when it is asked for one; of its own accord it takes none here."""
    STEPS.clear()
    async with desk() as it:
        id = submit(it, to=40, every=0, step_s=0.02)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 5)
        began = time.monotonic()
        it.runs.change(id, RunChange(action=action))
        await working
        assert time.monotonic() - began < 2
        assert it.runs.row(id).status == status
        it.runs.change(id, RunChange(action=again))
        run = await worked(it, id)
    assert run.row.status == "succeeded"
    assert STEPS == numbers(run) == list(range(40))


async def test_a_server_that_ends_loses_nothing_of_its_run(desk: OpenDesk) -> None:
    STEPS.clear()
    async with desk() as it:
        id = submit(it, to=10_000, every=0, step_s=0.02)
        it.runner.start()
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 5)
        await it.runner.close()
        assert it.runs.row(id).status == "planned"
        kept = read_checkpoint(Path(it.runs.get(id).directory) / CHECKPOINT)
    assert kept is not None
    assert kept.state == {"next": len(STEPS)}


async def test_a_run_goes_on_over_what_it_began_with_only(desk: OpenDesk, tmp_path: Path) -> None:
    file = tmp_path / "given.txt"
    file.write_text("one")
    async with desk() as it:
        id = submit(it, to=20, every=4, fails_at=10, given=str(file))
        run = await worked(it, id)
        assert run.row.status == "failed"
        assert run.environment["data"] == {"given": {"sha256": hashlib.sha256(b"one").hexdigest()}}
        file.write_text("another")
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.failure is not None
        assert run.row.failure.error == (
            f"given is not what this run began with: expected sha256 {hashlib.sha256(b'one').hexdigest()}, got "
            f"{hashlib.sha256(b'another').hexdigest()}."
        )
        file.write_text("one")
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.status == "succeeded"
        assert numbers(run) == list(range(20))


async def test_the_manifest_hashes_what_was_made_elsewhere_and_what_has_gone_is_told(
    desk: OpenDesk, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "one.bin").write_bytes(b"one")
    async with desk() as it:
        run = await worked(it, submit(it, to=3, sae=str(made)))
        manifest = json.loads((Path(run.directory) / "manifest.json").read_text())
        assert [one.missing for one in run.made] == [False]
        made.rename(tmp_path / "moved")
        assert [one.missing for one in it.runs.get(run.row.id).made] == [True]
    row = {"bytes": 3, "sha256": hashlib.sha256(b"one").hexdigest()}
    assert manifest["made"] == {str(made / "one.bin"): row}


async def test_a_damaged_manifest_is_as_good_as_none(desk: OpenDesk) -> None:
    async with desk() as it:
        run = await worked(it, submit(it, to=3))
        assert any(one.sha256 for one in run.artifacts)
        for content in ("[1]", '"x"', '{"files": null}', '{"files": {"spec.json": 3}}'):
            (Path(run.directory) / "manifest.json").write_text(content)
            there = it.runs.get(run.row.id).artifacts
            assert [one.path for one in there] == [one.path for one in run.artifacts]
            assert not any(one.sha256 for one in there)


async def test_a_server_that_ends_gives_its_run_back_without_blame(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=10_000, every=5, step_s=0.005)
        it.runner.start()
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 5)
        assert it.runs.queue().workers
        await it.runner.close()
        row = it.runs.row(id)
        assert (row.status, row.interruptions, row.place) == ("planned", 0, 1)
        assert it.runs.queue().workers == ()


async def test_a_server_that_ends_in_a_long_step_does_what_its_run_was_asked_for(desk: OpenDesk) -> None:
    STEPS.clear()
    async with desk() as it:
        id = submit(it, to=3, step_s=2.5)
        it.runner.start()
        await until(lambda: it.runs.row(id).status == "running")
        it.runs.change(id, RunChange(action="cancel"))
        await it.runner.close()
        assert it.runs.row(id).status == "cancelled"


async def test_clicks_overtake_a_run_between_two_steps(desk: OpenDesk) -> None:
    """However long the run's queue of steps is, a click waits for the step that runs and for no other."""
    async with desk() as it:
        id = submit(it, to=200, every=0, step_s=0.005)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: it.lab.device.waiting > 0 or it.runs.row(id).progress is not None)
        for _ in range(20):
            before = len(STEPS)
            after = await it.lab.device.do(Priority.CLICK, lambda: len(STEPS))
            assert after - before <= 2
            await asyncio.sleep(0.003)
        await working
        assert it.runs.row(id).status == "succeeded"


async def test_a_stream_of_clicks_does_not_starve_a_run(desk: OpenDesk) -> None:
    """There is always a click that waits; a step is overtaken by so many at most."""
    async with desk() as it:
        clicks, over = [0], [False]

        def click() -> None:
            clicks[0] += 1
            time.sleep(0.0005)
            if not over[0]:
                it.lab.device.submit(Priority.CLICK, click)

        id = submit(it, to=10, every=5)
        for _ in range(3):
            it.lab.device.submit(Priority.CLICK, click)
        await it.runner.work(once=True)
        over[0] = True
        assert it.runs.row(id).status == "succeeded"
        jobs = 10 + 2 + 2  # Steps, checkpoints, the result and the end of the generator.
        assert clicks[0] < 3 * (jobs + 10) * 2 * PATIENCE


async def test_a_clock_that_goes_backwards_changes_nothing(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as it:
        clock = iter(range(2_000_000_000, 0, -86_400))
        monkeypatch.setattr(time, "time", lambda: float(next(clock)))
        id = submit(it, to=30, every=5, step_s=0.01, fails_at=22)
        await it.runner.work(drain=True)
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.status == "succeeded"
        assert run.row.interruptions == 0
        times = [value for value in it.run_files.series(id, 0).columns["time"] if value is not None]
        assert times == sorted(times)
        assert it.runs.queue().ended[0].id == id
        assert run.row.progress is not None
        assert run.row.progress.worked_s is not None
        assert times[-1] <= run.row.progress.worked_s < 600
        assert run.row.progress.worked_s >= 30 * 0.01


async def test_beats_that_stand_still_are_a_dead_workers(desk: OpenDesk) -> None:
    """By the clock of whoever looks, and only after as long as a lease lasts."""
    async with desk() as it:
        id = submit(it, to=3)
        claim = queue.claim(it.lab.database, id, "elsewhere:7", "another-place/7/1.00", 1.0)
        assert claim is not None
        leases = Leases(it.lab.database, lease_s=0.3)
        assert leases.look() == []
        await asyncio.sleep(0.2)
        queue.beat(it.lab.database, id, claim)
        assert leases.look() == []
        await asyncio.sleep(0.2)
        assert leases.look() == []
        await asyncio.sleep(0.2)
        assert [(one.id, one.status) for one in leases.look()] == [(id, "planned")]
        run = await worked(it, id)
        assert (run.row.status, run.row.interruptions) == ("succeeded", 1)


async def test_a_worker_that_lost_its_run_writes_no_more(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=100_000, every=5, step_s=0.01)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 10)
        record = queue.running(it.lab.database)[0]
        assert queue.interrupt(it.lab.database, record, 1.0) == "planned"
        claim = it.runner.claim(id)
        it.runner.nudge()
        await working
        files = {file.path: sha256(Path(it.runs.get(id).directory) / file.path) for file in it.runs.get(id).artifacts}
        await asyncio.sleep(0.3)
        assert files == {
            file.path: sha256(Path(it.runs.get(id).directory) / file.path) for file in it.runs.get(id).artifacts
        }
        assert it.runs.row(id).status == "running"
        assert claim is not None
        other = Runner(it.lab, it.models)
        finishing = asyncio.create_task(other.run(id, claim))
        await until(lambda: it.runs.row(id).attempts == 2 and other.running == id)
        it.runs.change(id, RunChange(action="cancel"))
        assert (await finishing).status == "cancelled"


async def test_what_somebody_deleted_while_a_run_worked_is_written_again_and_told(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=60, every=0, step_s=0.02)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.done >= 5)
        folder = Path(it.runs.get(id).directory)
        environment = json.loads((folder / "environment.json").read_text())
        shutil.rmtree(folder)
        await working
        run = it.runs.get(id)
        assert run.row.status == "succeeded"
        assert json.loads((folder / "spec.json").read_text()) == run.spec
        assert run.environment == environment
        assert run.environment["data"]
        (told,) = [line.text for line in it.run_files.log(id, 0) if line.level == "warning"]
        assert told.startswith("Somebody deleted spec.json and environment.json")
        assert {"spec.json", "environment.json"} <= {file.path for file in run.artifacts if file.sha256}


async def test_a_file_in_the_place_of_a_runs_directory_is_told(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=3, fails_at=2)
        folder = Path((await worked(it, id)).directory)
        shutil.rmtree(folder)
        folder.write_text("a file")
        run = it.runs.get(id)
        assert run.directory_missing
        assert (run.artifacts, run.live, it.run_files.log(id, 0)) == ((), (), ())
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.failure is not None
        assert run.row.failure.error == f"{folder} is no directory: expected the run's, got a file."


async def test_a_clock_that_was_set_back_hides_no_run_that_was_interrupted(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk() as it:
        await worked(it, submit(it, to=3))
        an_hour_ago = time.time() - 3600
        monkeypatch.setattr(time, "time", lambda: an_hour_ago)
        later = submit(it, to=3)
        it.runs.change(later, RunChange(action="cancel"))
        row = it.planning.unfinished(Count(to=3))
        assert row is not None
        assert row.id == later


async def test_a_directory_that_somebody_deleted_is_told_and_begun_anew(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=12, every=4, fails_at=10)
        run = await worked(it, id)
        shutil.rmtree(run.directory)
        run = it.runs.get(id)
        assert run.directory_missing
        assert (run.artifacts, run.metrics) == ((), {})
        assert it.run_files.series(id, 0).columns == {}
        assert id in {row.id for row in it.runs.list(Which()).rows}
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.failure is not None, "it began anew, and so failed where it did at first"
        assert not run.directory_missing


async def test_parts_that_somebody_deleted_are_missed(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=12, every=4, fails_at=10)
        run = await worked(it, id)
        shutil.rmtree(Path(run.directory) / "parts")
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.failure is not None
        assert "parts of the table 'numbers' are gone" in run.row.failure.error


async def test_a_damaged_checkpoint_is_told_and_not_gone_on_from(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=12, every=4, fails_at=10)
        checkpoint = Path((await worked(it, id)).directory) / "checkpoint.safetensors"
        checkpoint.write_bytes(checkpoint.read_bytes()[:40])
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.failure is not None
        assert str(checkpoint) in run.row.failure.error
        checkpoint.unlink()
        it.runs.change(id, RunChange(action="requeue"))
        assert (await worked(it, id)).row.attempts == 3


async def test_a_disk_that_takes_no_more_fails_the_run_in_words_and_it_goes_on_when_there_is_room(
    desk: OpenDesk,
) -> None:
    """The system refuses files above a size, and a checkpoint is larger."""
    async with desk() as it:
        id = submit(it, to=14, every=4, fails_at=6, ballast=2 << 20)
        folder = Path((await worked(it, id)).directory)
        kept = sha256(folder / "checkpoint.safetensors")
        it.runs.change(id, RunChange(action="requeue"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, hard))
        try:
            run = await worked(it, id)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert run.row.failure is not None
        assert "Could not write" in run.row.failure.error
        assert "Free some disk space" in run.row.failure.next
        assert sha256(folder / "checkpoint.safetensors") == kept
        it.runs.change(id, RunChange(action="requeue"))
        run = await worked(it, id)
        assert run.row.status == "succeeded"
        assert numbers(run) == list(range(14))
        assert steps(it, run) == [float(number) for number in range(1, 15)]


async def test_a_model_is_held_in_memory_while_the_run_lasts_and_stays_behind_it(
    desk: OpenDesk, tiny_folder: Callable[[str], Path]
) -> None:
    async with desk() as it:
        id = submit(it, to=20_000, every=0, step_s=0.002, model=str(tiny_folder("gpt2")))
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: (now := it.runs.row(id).progress) is not None and now.unit == "numbers")
        (slug,) = it.lab.models
        assert it.lab.models.is_pinned(slug)
        assert it.models.current is None
        it.runs.change(id, RunChange(action="cancel"))
        await working
        assert not it.lab.models.is_pinned(slug)
        assert slug in it.lab.models
        models = it.runs.get(id).environment["models"]
        assert isinstance(models, list)
        (model,) = models
        assert isinstance(model, dict)
        loaded = it.lab.models.get(slug)
        assert loaded is not None
        assert model["weights_sha256"] == loaded.model.info.weights_sha256


async def test_a_spec_of_a_family_that_is_gone_fails_in_words(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as it:
        id = submit(it, to=3)
        monkeypatch.delitem(families(), "count")
        run = await worked(it, id)
        assert run.row.failure is not None
        assert "'count' is no family" in run.row.failure.error


async def test_a_cancel_while_the_model_is_loaded_waits_for_nothing(
    desk: OpenDesk, tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    find = models.find

    def slow(*args: Any, **kwargs: Any) -> Any:
        goes_on.wait(60)
        return find(*args, **kwargs)

    monkeypatch.setattr(models, "find", slow)
    async with desk() as it:
        id = submit(it, to=3, model=str(tiny_folder("gpt2")))
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: it.models.loading is not None)
        asked = time.monotonic()
        it.runs.change(id, RunChange(action="cancel"))
        await working
        assert it.runs.row(id).status == "cancelled"
        assert not goes_on.is_set()
        assert time.monotonic() - asked < 5  # A second or less, on a machine that has nothing else to do.
        goes_on.set()
        await until(lambda: it.models.loading is None)
        (slug,) = it.lab.models
        assert not it.lab.models.is_pinned(slug)
        again = submit(it, to=3, model=str(tiny_folder("gpt2")))
        assert (await worked(it, again)).row.status == "succeeded"


async def test_an_sae_that_a_run_wrote_anywhere_is_known_by_name_and_everybody_hears_of_it(
    desk: OpenDesk, tmp_path: Path
) -> None:
    draw = torch.Generator().manual_seed(0)
    shapes = {"W_enc": (4, 6), "W_dec": (6, 4), "b_enc": (6,), "b_dec": (4,)}
    weights = {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()}
    spec = Spec(architecture=TopK(k=2), d_in=4, d_sae=6, d_out=4, site="L1.resid_post")
    folder = write_sae(tmp_path / "out" / "mine", Sae(spec, weights))
    async with desk() as it:
        everyone = it.hub.subscribe(EVERYONE)
        run = await worked(it, submit(it, to=3, sae=str(folder)))
        assert it.newsroom.look()
        assert [link.href for link in run.links] == ["/saes/mine"]
        known = {one.slug: (one.where, one.kept_here) for one in (await it.saes.list()).items}
        assert known["mine"] == ("trained", False)
        theirs = write_sae(tmp_path / "theirs", Sae(spec, {**weights, "b_enc": weights["b_enc"] + 1}))
        assert (await it.saes.import_(str(theirs))).sae.where == "imported"
        heard = [message.what for message in await waiting(everyone) if isinstance(message, Changed)]
        assert heard == ["runs", "saes"]
        assert run.row.progress is not None
        assert (run.row.progress.done, run.row.progress.of, run.row.progress.left_s) == (3, 3, 0)
        plain = await worked(it, submit(it, to=2))
        it.newsroom.look()
        assert [message.what for message in await waiting(everyone) if isinstance(message, Changed)] == ["runs"]
        assert plain.links == ()
        await it.saes.remove("mine")
        assert it.runs.get(run.row.id).links == ()


async def test_an_sae_that_cannot_be_read_is_told_and_takes_nothing_from_the_run(
    desk: OpenDesk, tmp_path: Path
) -> None:
    async with desk() as it:
        run = await worked(it, submit(it, to=3, sae=str(tmp_path / "nowhere")))
        assert run.row.status == "succeeded"
        assert run.links == ()
        said = [line for line in it.run_files.log(run.row.id, 0) if line.level == "warning"]
        assert len(said) == 1
        assert "nowhere" in said[0].text


async def test_a_run_that_has_just_ended_is_not_taken_for_a_lost_one(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = queue.settle

    def slow(*args: Any, **columns: Any) -> bool:
        done = settle(*args, **columns)
        time.sleep(2 * LOOK_S)  # Its keeper looks meanwhile, and finds no claim.
        return done

    monkeypatch.setattr(queue, "settle", slow)
    async with desk() as it:
        run = await worked(it, submit(it, to=8))
        assert run.row.status == "succeeded"
        assert not (Path(run.directory) / "parts").exists()


async def waiting(subscription: Subscription) -> list[ServerMessage]:
    """All that it has not read yet."""
    found: list[ServerMessage] = []
    with suppress(TimeoutError):
        while True:
            outgoing = await asyncio.wait_for(anext(subscription), 0.2)
            found.append(outgoing.message)
    return found


async def test_what_has_succeeded_stays(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=3)
        before = await worked(it, id)
        with pytest.raises(Incompatible, match="is succeeded: it cannot requeue"):
            it.runs.change(id, RunChange(action="requeue"))
        assert it.runs.get(id) == before


async def test_what_is_being_cancelled_is_neither_paused_nor_resumed(desk: OpenDesk) -> None:
    async with desk() as it:
        id = submit(it, to=10_000, every=5, step_s=0.01)
        working = asyncio.create_task(it.runner.work(once=True))
        await until(lambda: it.runs.row(id).status == "running")
        it.runs.change(id, RunChange(action="cancel"))
        for action in ("pause", "resume"):
            with pytest.raises(Incompatible, match=f"is being cancelled: it cannot {action}"):
                it.runs.change(id, RunChange.model_validate({"action": action}))
        await working
        assert it.runs.row(id).status == "cancelled"
