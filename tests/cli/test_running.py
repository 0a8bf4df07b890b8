"""A run in the foreground: what it leaves, and what Ctrl-C does to it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.processes import foreground
from tests.services.run_families import Count

from microscope.services.runs import Runs, Which
from microscope.store import queue
from microscope.store.database import open_database
from microscope.store.files import Folder
from microscope.wire.runs import RunRow


@pytest.fixture
def runs(tmp_path: Path) -> Generator[Runs]:
    """Of the home folder `tmp_path/home`."""
    home = Folder(tmp_path / "home")
    database = open_database(f"sqlite:///{home.root}/microscope.db")
    yield Runs(database, home)
    database.dispose()


def the_row(runs: Runs) -> RunRow:
    (row,) = runs.list(Which()).rows
    return row


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def counted(runs: Runs) -> list[int]:
    table = Path(runs.get(the_row(runs).id).directory) / "tables/numbers.parquet"
    return pq.read_table(table)["n"].to_pylist()


def under_way(runs: Runs) -> bool:
    rows = runs.list(Which()).rows
    return bool(rows) and (now := rows[0].progress) is not None and now.done >= 10


def test_it_ends_with_its_figures_and_where_its_files_are(runs: Runs, tmp_path: Path) -> None:
    with foreground(tmp_path / "home", Count(to=12)) as it:
        said = it.said()
    row = the_row(runs)
    assert (row.status, row.attempts, row.headline["total"]) == ("succeeded", 1, 66)
    for text in (f"Run {row.id}", "total  66", "100%", f"Files {runs.get(row.id).directory}"):
        assert text in said
    assert counted(runs) == list(range(12))


def test_ctrl_c_cancels_and_the_same_command_goes_on_from_the_checkpoint(runs: Runs, tmp_path: Path) -> None:
    spec = Count(to=60, every=5, step_s=0.02)
    with foreground(tmp_path / "home", spec) as it:
        until(lambda: under_way(runs))
        it.signal(signal.SIGINT)
        said = it.said(code=130)
    id = the_row(runs).id
    assert the_row(runs).status == "cancelled"
    assert "Stopping at the end of this step." in said
    assert f"Go on: microscope run --resume {id}" in said
    with foreground(tmp_path / "home", spec) as it:
        assert f"{id} goes on from its last checkpoint" in it.said()
    assert (the_row(runs).id, the_row(runs).status) == (id, "succeeded")
    assert counted(runs) == list(range(60))


def test_a_second_ctrl_c_waits_for_no_step(runs: Runs, tmp_path: Path) -> None:
    with foreground(tmp_path / "home", Count(to=3, step_s=600)) as it:
        until(lambda: "begins at" in it.file.read_text())
        it.signal(signal.SIGINT)
        until(lambda: "Ctrl-C again ends it at once" in it.file.read_text())
        it.signal(signal.SIGINT)
        assert "Ended. Go on: microscope run --resume" in it.said(code=130)
    assert the_row(runs).status == "cancelled"


def test_one_that_slept_through_its_lease_says_who_has_its_run(runs: Runs, tmp_path: Path) -> None:
    with foreground(tmp_path / "home", Count(to=4_000, every=5, step_s=0.02)) as it:
        until(lambda: under_way(runs))
        it.signal(signal.SIGSTOP)
        database = open_database(f"sqlite:///{tmp_path}/home/microscope.db")
        (seen,) = queue.running(database)
        assert queue.interrupt(database, seen, 1.0) == "planned"
        assert queue.claim(database, seen.id, "elsewhere:7", "another-place/7/1.00", 2.0)
        database.dispose()
        it.signal(signal.SIGCONT)
        said = it.said(code=130)
    assert f"{seen.id} was taken over by elsewhere:7; follow it: microscope run-show {seen.id}" in said
    assert "Go on:" not in said
