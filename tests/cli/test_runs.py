"""Verbs about runs and their queue, as they are typed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.services.run_families import Count
from typer.testing import CliRunner, Result

from microscope.cli import app
from microscope.families import families
from microscope.services import runs as services_runs

Run = Callable[..., Result]


@pytest.fixture
def run(alone: None, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: ARG001 - it is where the command runs
    """What went wrong fails the test, unless `code` says otherwise."""
    monkeypatch.setitem(families(), "count", Count)

    def invoke(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(map(str, words)))
        assert result.exit_code == code, result.output
        return result

    return invoke


def planned(run: Run, *words: object) -> str:
    return json.loads(run("run", "count", "--later", "--json", *words).stdout)["id"]


def rows(run: Run, *words: object) -> list[dict[str, Any]]:
    return json.loads(run("runs", "--json", *words).stdout)["rows"]


def queue(run: Run) -> dict[str, Any]:
    return json.loads(run("queue", "list", "--json").stdout)


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in found]


# ── run ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_family_is_run_with_fields_that_are_set(run: Run) -> None:
    made = json.loads(run("run", "count", "--set", "to=5", "--set", "label=a=b", "--json", "--tag", "one").stdout)
    assert (made["spec"]["to"], made["spec"]["label"], made["row"]["tags"]) == (5, "a=b", ["one"])
    assert (made["row"]["status"], made["metrics"]["total"]) == ("succeeded", 10)


def test_an_experiment_goes_by_its_name_and_fields_are_set_over_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "few.yaml").write_text("kind: count\nparameters:\n  to: 4\n  every: 2\n")
    made = json.loads(run("run", "--name", "few", "--set", "parameters.to=3", "--json").stdout)
    assert (made["row"]["name"], made["spec"]["to"], made["spec"]["every"]) == ("few", 3, 2)
    again = json.loads(run("run", tmp_path / "experiments" / "few.yaml", "--json").stdout)
    assert (again["row"]["name"], again["spec"]["to"]) == ("", 4)


def test_a_run_that_has_ended_is_taken_up_again(run: Run) -> None:
    first = run("run", "count", "--set", "to=9", "--set", "fails_at=6", code=1)
    assert first.stderr.count("The family failed. ZeroDivisionError: it was to fail") == 1
    (row,) = rows(run, "--status", "failed")
    assert f"Go on: microscope run --resume {row['id']}" in first.stderr
    assert run("run-show", row["id"]).stdout.count("The family failed.") == 1
    made = json.loads(run("run", "--resume", row["id"], "--json").stdout)
    assert (made["row"]["status"], made["row"]["attempts"], made["metrics"]["total"]) == ("succeeded", 2, 36)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Expected one of a family, a file, --name and --resume."),
        (("count", "--name", "few"), "Expected one of"),
        (("--name", "nothing"), "There is no experiment 'nothing'"),
        (("nothing.yaml",), "nothing.yaml cannot be read"),
        (("counting",), "counting"),
        (("count", "--set", "to"), "'to' sets nothing"),
        (("count", "--set", "to=many"), "to"),
        (("count", "--set", "to=-1"), "to is -1; expected 0 or more."),
        (("--resume", "count-1"), "There is no run 'count-1'"),
    ],
)
def test_what_is_no_run_is_told_and_leaves_none(run: Run, words: tuple[str, ...], says: str) -> None:
    assert says in run("run", *words, code=1).stderr
    assert rows(run) == []


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_exported_run_holds_its_files_as_the_manifest_has_them(run: Run, tmp_path: Path) -> None:
    made = json.loads(run("run", "count", "--json").stdout)
    id, out = made["row"]["id"], tmp_path / "run.zip"
    assert run("export-run", id, "--out", out).stdout.strip() == str(out)
    with zipfile.ZipFile(out) as archive:
        names = {name.removeprefix(f"{id}/") for name in archive.namelist()}
        manifest = json.loads(archive.read(f"{id}/manifest.json"))["files"]
        about = json.loads(archive.read(f"{id}/run.json"))
    assert names == {*manifest, "manifest.json", "run.json"}
    assert about["spec"] == made["spec"]
    assert "There is no run" in run("export-run", "count-1", "--out", out, code=1).stderr


def test_deleted_runs_go_for_good_once_they_are_purged(run: Run, tmp_path: Path) -> None:
    kept, gone = (json.loads(run("run", "count", "--fresh", "--json").stdout)["row"]["id"] for _ in range(2))
    folder = tmp_path / "home" / "runs" / gone
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert "0 runs, 0 bytes" in run("purge-runs").stdout
    run("delete-run", gone)
    assert ids(rows(run)) == [kept]
    said = run("purge-runs").stdout
    assert f"{size:>16,}  {gone}" in said
    assert f"1 run, {size:,} bytes. Delete them for good: microscope purge-runs --yes" in said
    assert folder.is_dir()
    assert f"Deleted for good: 1 run, {size:,} bytes." in run("purge-runs", "--yes").stdout
    assert not folder.exists()
    assert "0 runs" in run("purge-runs").stdout
    assert (tmp_path / "home" / "runs" / kept / "manifest.json").is_file()
    assert "There is no run" in run("delete-run", gone, code=1).stderr


# ── queue ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_planned_is_worked_on_in_its_order_until_nothing_is_left(run: Run) -> None:
    first, second, third = (planned(run, "--set", f"to={number}") for number in (1, 2, 3))
    assert f"{third}  planned, place 1" in run("queue", "move", third, "--before", first).stdout
    assert f"{second}  planned, place 1" in run("queue", "move", second, "--priority", 5).stdout
    assert ids(queue(run)["planned"]) == [second, third, first]
    assert "Workers: none" in run("queue", "list").stdout
    assert "3 runs." in run("queue", "run").stdout
    assert ids(rows(run, "--sort", "started")) == [first, third, second]
    assert ids(queue(run)["ended"]) == [first, third, second]


def test_a_paused_queue_is_left_alone(run: Run) -> None:
    id = planned(run)
    assert "The queue is paused." in run("queue", "pause").stdout
    assert queue(run)["paused"]
    assert "Paused. Workers" in run("queue", "list").stdout
    assert "0 runs." in run("worker", "--drain").stdout
    assert ids(queue(run)["planned"]) == [id]
    assert "The queue goes on." in run("queue", "resume").stdout
    assert "1 run." in run("worker", "--once").stdout


def test_runs_that_are_not_shown_are_counted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_runs, "SHOWN_IN_QUEUE", 2)
    for number in range(5):
        planned(run, "--set", f"to={number}")
    assert "and 3 more planned." in run("queue", "list").stdout
    run("queue", "cancel", *ids(queue(run)["planned"]))
    assert "and 1 more planned." in run("queue", "list").stdout
    run("queue", "cancel", *ids(queue(run)["planned"])[:1])
    assert " more" not in run("queue", "list").stdout


def test_one_run_is_paused_resumed_cancelled_and_queued_again(run: Run) -> None:
    id = planned(run, "--set", "to=2")
    assert run("queue", "pause", id).stdout.split() == [id, "paused"]
    assert ids(queue(run)["held"]) == [id]
    assert run("queue", "resume", id).stdout.split() == [id, "planned"]
    assert run("queue", "cancel", id).stdout.split() == [id, "cancelled"]
    assert "it cannot pause" in run("queue", "pause", id, code=1).stderr
    assert run("queue", "requeue", id).stdout.split() == [id, "planned"]
    run("queue", "run")
    assert [row["status"] for row in rows(run)] == ["succeeded"]


def test_what_cannot_be_moved_is_told(run: Run) -> None:
    first, second = planned(run), planned(run, "--set", "to=2")
    run("queue", "cancel", second)
    assert "are not both planned" in run("queue", "move", first, "--before", second, code=1).stderr
    assert "There is no run" in run("queue", "move", first, "--before", "count-1", code=1).stderr
