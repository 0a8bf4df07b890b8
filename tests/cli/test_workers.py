"""Several workers and servers in processes of their own over one queue, and what happens when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import httpx
import pyarrow.parquet as pq
import pytest
from tests.cli.processes import server, worker
from tests.services.run_families import Count

from microscope.services.leases import Leases
from microscope.services.runs import Runs
from microscope.store import queue, runs
from microscope.store.database import open_database
from microscope.store.files import Folder
from microscope.wire.run_queue import RunChange

Place = tuple[Runs, Any, Path, str]


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Generator[Place]:
    """Runs over an empty database of each kind, and a home folder."""
    home = Folder(tmp_path / "home")
    database = open_database(database_url)
    yield Runs(database, home), database, home.root, database_url
    database.dispose()


def plan(database: Any, number: int, **spec: Any) -> str:
    family = Count(**spec)
    row: dict[str, Any] = {
        "id": f"count-{number}", "family": "count", "name": "", "status": "planned", "priority": 0,
        "spec": family.model_dump(mode="json"), "spec_sha256": str(number), "words": "", "evidence": "control",
        "created": time.time(), "headline": {}, "attempts": 0, "interruptions": 0, "beats": 0,
    }  # fmt: skip
    assert runs.add(database, row, ())
    return f"count-{number}"


@pytest.fixture
def small(tmp_path: Path) -> Generator[Place]:
    """The same over SQLite alone: what a worker does is the same over both."""
    home = Folder(tmp_path / "home")
    url = f"sqlite:///{tmp_path}/test.db"
    database = open_database(url)
    yield Runs(database, home), database, home.root, url
    database.dispose()


def until(holds: Callable[[], object], within_s: float = 120) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def numbers(of: Runs, id: str) -> list[int]:
    return pq.read_table(Path(of.get(id).directory) / "tables/numbers.parquet")["n"].to_pylist()


def test_workers_that_share_a_queue_run_each_run_once(place: Place) -> None:
    of, database, home, url = place
    ids = [plan(database, number, to=number % 7, every=3) for number in range(12)]
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(home, url, drain=True)) for _ in range(3)]
        said = [process.said() for process in workers]
    rows = [of.row(id) for id in ids]
    assert {(row.status, row.attempts, row.interruptions) for row in rows} == {("succeeded", 1, 0)}, said
    assert [numbers(of, id) if number % 7 else [] for number, id in enumerate(ids)] == [
        list(range(number % 7)) for number in range(12)
    ]
    assert sum(int(text.splitlines()[-1].split()[0]) for text in said) == 12
    assert of.queue().workers == ()


def test_a_run_whose_worker_is_killed_goes_on_from_its_checkpoint_once(small: Place) -> None:
    of, database, home, url = small
    id = plan(database, 1, to=60, every=5, step_s=0.05)
    with worker(home, url) as first:
        until(lambda: (home / "runs" / id / "checkpoint.safetensors").is_file())
        first.killed()
    assert of.row(id).status == "running"
    with worker(home, url, drain=True) as second:
        said = second.said()
    run = of.get(id)
    assert (run.row.status, run.row.attempts, run.row.interruptions) == ("succeeded", 2, 1), said
    assert numbers(of, id) == list(range(60))
    assert run.metrics["total"] == sum(range(60))
    assert f"{id} goes on from its last checkpoint" in said


def test_a_run_whose_worker_is_killed_twice_fails_in_words_and_can_be_requeued(small: Place) -> None:
    of, database, home, url = small
    id = plan(database, 1, to=60, every=5, step_s=0.05)
    for attempt in (1, 2):
        with worker(home, url) as process:
            until(lambda: of.row(id).attempts == attempt and of.row(id).status == "running")  # noqa: B023
            process.killed()
        Leases(database).look()
    row = of.row(id)
    assert (row.status, row.interruptions) == ("failed", 2)
    assert row.failure is not None
    assert "second time" in row.failure.error
    assert queue.turn(database, id, ("failed",), status="planned", position=None, interruptions=0, ended=None)
    with worker(home, url, drain=True) as process:
        process.said()
    assert of.row(id).status == "succeeded"
    assert numbers(of, id) == list(range(60))


def test_ctrl_c_gives_the_run_back_and_another_worker_goes_on(small: Place) -> None:
    of, database, home, url = small
    id = plan(database, 1, to=40, every=5, step_s=0.05)
    with worker(home, url) as first:
        until(lambda: (now := of.row(id).progress) and now.done >= 10)
        first.signal(signal.SIGINT)
        assert "Ending after this step" in first.said()
    assert (of.row(id).status, of.row(id).interruptions) == ("planned", 0)
    with worker(home, url, drain=True) as second:
        second.said()
    assert of.row(id).status == "succeeded"
    assert numbers(of, id) == list(range(40))


@pytest.mark.parametrize(("action", "status"), [("cancel", "cancelled"), ("pause", "paused")])
@pytest.mark.parametrize("later_s", [0.0, 0.3])
def test_what_was_asked_right_before_a_worker_ends_happens(
    small: Place, action: Literal["cancel", "pause"], status: str, later_s: float
) -> None:
    of, database, home, url = small
    id = plan(database, 1, to=4_000, every=5, step_s=0.05)
    with worker(home, url) as process:
        until(lambda: (now := of.row(id).progress) and now.done >= 3)
        assert of.change(id, RunChange(action=action)).row.stopping == action
        time.sleep(later_s)
        process.signal(signal.SIGINT)
        said = process.said()
    assert (of.row(id).status, of.row(id).stopping) == (status, None), said
    assert "planned again" not in (home / "runs" / id / "log.jsonl").read_text()
    assert (of.row(id).ended is not None) == (action == "cancel")


def test_a_worker_that_slept_through_its_lease_writes_no_more(small: Place) -> None:
    of, database, home, url = small
    id = plan(database, 1, to=4_000, every=5, step_s=0.02)
    with worker(home, url) as first:
        until(lambda: (now := of.row(id).progress) and now.done >= 10)
        first.signal(signal.SIGSTOP)
        (seen,) = queue.running(database)
        assert queue.interrupt(database, seen, 1.0) == "planned"
        of.change(id, RunChange(action="pause"))
        first.signal(signal.SIGCONT)
        time.sleep(2)
        folder = Path(of.get(id).directory)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
        time.sleep(1)
        assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert of.row(id).status == "paused"


def test_two_servers_over_one_database_run_each_run_once_and_the_second_says_what_it_does_not_do(
    place: Place, tiny_folder: Callable[[str], Path]
) -> None:
    of, database, home, url = place
    model = tiny_folder("gpt2")
    with server(home, url, model) as first:
        before = first.address()
        # Over PostgreSQL they need not share a folder; the runs' directories they do.
        with server(home, url, model) as second:
            after = second.address()
            assert "Another server uses this" not in first.file.read_text()
            assert "Another server uses this home folder or database." in second.file.read_text()
            ids = [plan(database, number, to=20, every=5, step_s=0.005) for number in range(8)]
            until(lambda: all(of.row(id).status == "succeeded" for id in ids))
            rows = [of.row(id) for id in ids]
            assert {(row.attempts, row.interruptions) for row in rows} == {(1, 0)}
            assert [numbers(of, id) for id in ids] == [list(range(20))] * len(ids)
            assert len({row.worker for row in rows}) == 2
            for one in (before, after):
                assert {row["id"] for row in httpx.get(f"{one}api/runs").json()["rows"]} == set(ids)


IDLE = """if True:
    import sys
    import threading
    from pathlib import Path
    from typer.testing import CliRunner
    from microscope.cli import app
    empty = CliRunner().invoke(app, ["worker", "--drain"])
    assert (empty.exit_code, empty.stdout) == (0, "0 runs.\\n"), empty.output
    paused = CliRunner().invoke(app, ["queue", "pause"])
    assert paused.exit_code == 0, paused.output
    assert "torch" not in sys.modules
    threading.Timer(2, lambda: Path(sys.argv[1]).write_text(str("torch" in sys.modules))).start()
    app(["worker"])
"""


def test_a_worker_waits_without_torch_is_known_meanwhile_and_takes_what_comes(small: Place, tmp_path: Path) -> None:
    of, database, home, url = small
    environment = {**os.environ, "MICROSCOPE_HOME": str(home), "MICROSCOPE_DATABASE_URL": url, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", IDLE, tmp_path / "has_torch"], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            until(lambda: (tmp_path / "has_torch").is_file())
            assert (tmp_path / "has_torch").read_text() == "False"
            assert len(of.queue().workers) == 1
            plan(database, 1)  # Of a family that it does not know.
            time.sleep(1.5)
            assert of.row("count-1").status == "planned"
            of.pause_queue(False)
            until(lambda: of.row("count-1").status == "failed")
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout is not None
        said = process.stdout.read()
        assert said.count("The queue is paused") == 1
        assert said.endswith("1 run.\n")
