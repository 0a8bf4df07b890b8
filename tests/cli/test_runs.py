"""Verbs about runs and their queue, as they are typed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
        (("count", "--set", "foo=1"), "count has no field 'foo'.\nIt has to, "),
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


def test_a_deleted_run_is_told_how_it_comes_back(run: Run) -> None:
    one, two = planned(run), planned(run, "--set", "to=2")
    run("delete-run", one, two)
    for words in (("run-show", one), ("queue", "cancel", one), ("run", "--resume", one)):
        said = run(*words, code=1).stderr
        assert f"{one} was deleted." in said
        assert f"microscope restore-run {one}" in said
    assert ids(rows(run)) == []
    assert sorted(ids(rows(run, "--deleted"))) == sorted([one, two])
    assert "microscope restore-run ID" in run("runs", "--deleted").stdout
    assert f"{one}  restored, planned" in run("restore-run", one, two).stdout
    assert ids(queue(run)["planned"]) == [one, two]
    assert ids(rows(run, "--deleted")) == []
    for id in (one, two):
        assert f"{id} was not deleted: it is planned." in run("restore-run", id, code=1).stderr
    assert "There is no run" in run("restore-run", "count-1", code=1).stderr


def test_a_run_is_not_put_in_front_of_one_that_was_deleted(run: Run) -> None:
    one, two = planned(run), planned(run, "--set", "to=2")
    run("delete-run", two)
    said = run("queue", "move", one, "--before", two, code=1).stderr
    assert f"{two} was deleted." in said
    assert f"microscope restore-run {two}" in said


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_days_of_a_span_belong_to_it(run: Run) -> None:
    id = planned(run)
    made = datetime.fromtimestamp(rows(run)[0]["created"], UTC)
    today, before, after = (f"{made + timedelta(days=days):%Y-%m-%d}" for days in (0, -1, 1))
    for words, there in (
        (("--until", today), True),
        (("--until", before), False),
        (("--since", today), True),
        (("--since", after), False),
        (("--since", today, "--until", today), True),
    ):
        assert ids(rows(run, *words)) == ([id] if there else []), words


@pytest.mark.parametrize("words", [("seed",), ("STEP_S",), ("0.003",), ("to", "77"), ("label", "wool")])
def test_a_run_is_found_by_the_fields_of_its_spec_and_what_they_are_set_to(run: Run, words: tuple[str, ...]) -> None:
    id = planned(run, "--set", "to=77", "--set", "step_s=0.003", "--set", "label=wool")
    assert ids(rows(run, " ".join(words))) == [id]
    assert rows(run, "0.004") == []


def test_what_no_run_can_be_is_told(run: Run) -> None:
    assert "'nosuch' is no status." in run("runs", "--status", "nosuch", code=1).stderr
    planned(run)
    assert "No run is of the family 'nosuch'; there are runs of: count." in run("runs", "--family", "nosuch").stdout


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
    for words in (("worker", "--drain"), ("worker", "--once"), ("queue", "run")):
        said = run(*words).stdout
        assert "The queue is paused" in said
        assert "microscope queue resume" in said
        assert "0 runs." in said
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


def test_of_several_runs_one_that_is_refused_keeps_no_other_from_being_cancelled(run: Run) -> None:
    first, done, last = (planned(run, "--set", f"to={number}") for number in (1, 2, 3))
    run("queue", "pause", first)
    run("queue", "pause", last)
    run("queue", "run")
    said = run("queue", "cancel", first, done, "count-1", last, code=1)
    assert f"{first}  cancelled" in said.stdout
    assert f"{last}  cancelled" in said.stdout
    assert f"{done} is succeeded: it cannot cancel." in said.stderr
    assert f"2 of 4 were refused: {done}, count-1." in said.stderr
    assert f"{first}  was cancelled already" in run("queue", "cancel", first).stdout
    assert [row["status"] for row in queue(run)["ended"]].count("cancelled") == 2
    run("queue", "requeue", first, last)
    assert ids(queue(run)["planned"]) == [first, last]


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
    for id in (first, second):
        assert f"{id} cannot precede itself." in run("queue", "move", id, "--before", id, code=1).stderr
    refused = run("queue", "move", first, "--before", second, "--priority", 7, code=1)
    assert "are not both planned" in refused.stderr
    assert queue(run)["planned"][0]["priority"] == 0
