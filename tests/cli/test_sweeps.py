"""`sweep` and `analyze-sae-stability` as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.families.synthetic import record, sums
from typer.testing import Result

from microscope.services.specs import read_spec
from microscope.store.checkpoints import read_sae
from microscope.store.previews import table_window

Run = Callable[..., Result]

SHIPPED = Path(__file__).parents[2] / "experiments" / "polysemanticity.yaml"
TINY = {"d_sae": 32, "steps": 12, "batch_rows": 64, "held_out_rows": 200, "architecture": {"kind": "topk", "k": 3}}
SWEEP = "experiments/sweeps/sae_seed_stability_layer0.yaml"


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """In a folder with the shipped spec, tiny, and a recording."""
    record(tmp_path / "activations.parquet", sums(1_024), sites=("L0.resid_post",))
    base = yaml.safe_load(SHIPPED.read_text())
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "polysemanticity.yaml").write_text(
        yaml.safe_dump({**base, "parameters": {**base["parameters"], **TINY}})
    )
    return run


def swept(run: Run, seeds: str, *words: str) -> Result:
    return run(
        "sweep", "--base", "experiments/polysemanticity.yaml", "--axis", f"parameters.seed={seeds}", "--output", SWEEP,
        *words,
    )  # fmt: skip


def children(tmp_path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load((tmp_path / SWEEP).read_text())["children"]


def rows(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("runs", "--json").stdout)["rows"]


def test_five_seeds_are_trained_and_compared_as_the_documentation_writes_it(run: Run, tmp_path: Path) -> None:
    done = swept(run, "1,2,3,4,5", "--execute")
    assert done.exit_code == 0, done.output
    listed = children(tmp_path)
    assert [child["at"] for child in listed] == [{"seed": seed} for seed in (1, 2, 3, 4, 5)]
    assert len({child["hash"] for child in listed}) == len({child["run"] for child in listed}) == 5
    assert {row["status"] for row in rows(run)} == {"succeeded"}
    for child in listed:
        assert read_sae(tmp_path / "sae_checkpoints/polysemanticity" / child["name"] / "sae_layer_0").spec.d_sae == 32
    output = "artifacts/stability_layer0_128.json"
    found = run("analyze-sae-stability", "--sweep", SWEEP, "--output", output, "--live-only")
    assert found.exit_code == 0, found.output
    written = json.loads((tmp_path / output).read_text())
    assert written["saes"] == [child["run"] for child in listed]
    assert len(written["pairs"]) == 10
    matrix = table_window(tmp_path / "home" / "runs" / written["run"] / "tables" / "matrix.parquet", 0, 25)
    assert {row[matrix.columns.index("sae")] for row in matrix.rows} == {f"seed={seed}" for seed in (1, 2, 3, 4, 5)}
    assert 0 < written["null_mean"] < 1
    assert written["left_out"] == {}
    ran = [child["run"] for child in listed]
    assert swept(run, "1,2,3,4,5", "--execute").exit_code == 0
    assert [child["run"] for child in children(tmp_path)] == ran
    assert len(rows(run)) == 6


def test_over_another_recording_of_the_same_name_all_of_it_is_trained_again(run: Run, tmp_path: Path) -> None:
    assert swept(run, "1,2", "--execute").exit_code == 0
    first = [child["run"] for child in children(tmp_path)]
    shutil.rmtree(tmp_path / "activations.parquet")
    record(tmp_path / "activations.parquet", sums(2_048, seed=1), sites=("L0.resid_post",))
    planned = swept(run, "1,2")
    assert "succeeded" not in planned.output
    assert swept(run, "1,2", "--execute").exit_code == 0
    assert not {child["run"] for child in children(tmp_path)} & set(first)
    assert [row["status"] for row in rows(run)] == ["succeeded"] * 4


def test_a_sweep_as_json_is_its_file_with_what_became_of_each_child(run: Run, tmp_path: Path) -> None:
    planned = json.loads(swept(run, "1,2", "--json").stdout)
    assert [child["status"] for child in planned["children"]] == [None, None]
    done = swept(run, "1,2", "--execute", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [child.pop("status") for child in found["children"]] == ["succeeded", "succeeded"]
    assert found == yaml.safe_load((tmp_path / SWEEP).read_text())
    again = run("analyze-sae-stability", "--sweep", SWEEP, "--output", "stability.json", "--json")
    assert again.exit_code == 0, again.output
    shown = json.loads(again.stdout)
    assert shown["row"]["family"] == "sae_stability"
    assert json.loads((tmp_path / "stability.json").read_text())["run"] == shown["row"]["id"]
    refused = run("analyze-sae-stability", "--runs", "one", "--output", "stability.json", "--json")
    assert json.loads(refused.stderr)["status"] == 400


def test_what_has_succeeded_is_run_again_only_where_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    """And overwrites its own SAE alone: each child has a folder."""
    assert swept(run, "1,2", "--execute").exit_code == 0
    first = [child["run"] for child in children(tmp_path)]
    again = swept(run, "1,2", "--execute", "--again")
    assert again.exit_code == 0, again.output
    second = [child["run"] for child in children(tmp_path)]
    assert not set(first) & set(second)
    assert swept(run, "1,2", "--execute").exit_code == 0
    assert [child["run"] for child in children(tmp_path)] == second
    assert len(rows(run)) == 4


def test_the_same_seed_finds_the_same_features(run: Run, tmp_path: Path) -> None:
    """Into another folder; and a run can be named directly."""
    assert swept(run, "1", "--execute").exit_code == 0
    spec = "experiments/polysemanticity.yaml"
    assert run("run", spec, "--set", "seed=1", "--set", "out=elsewhere").exit_code == 0
    ids = ",".join(row["id"] for row in rows(run))
    found = run("analyze-sae-stability", "--runs", ids, "--output", "stability.json")
    assert found.exit_code == 0, found.output
    assert json.loads((tmp_path / "stability.json").read_text())["mean_cosine"] == pytest.approx(1, abs=1e-5)


def test_a_plan_runs_nothing_and_the_queue_gets_each_child_once(run: Run, tmp_path: Path) -> None:
    assert swept(run, "1,2").exit_code == 0
    assert [child["run"] for child in children(tmp_path)] == [None, None]
    assert rows(run) == []
    for _ in range(2):
        assert swept(run, "1,2", "--execute", "--later").exit_code == 0
    planned = rows(run)
    assert [row["status"] for row in planned] == ["planned", "planned"]
    assert {child["run"] for child in children(tmp_path)} == {row["id"] for row in planned}
    assert all(row["tags"] == ["sae_seed_stability_layer0"] for row in planned)
    refused = run("analyze-sae-stability", "--sweep", SWEEP, "--output", "stability.json")
    assert refused.exit_code == 1
    assert "0 of the runs have succeeded" in refused.stderr


@pytest.mark.parametrize(
    ("axis", "says"),
    [
        ("sed=1,2", "train_sae has no field 'sed'.\nIt has steps, "),
        ("seed", "'seed' is no axis."),
        ("seed=1,1", "seed has 1 twice."),
        ("architecture.kk=1,2", "architecture.topk.kk: Extra inputs are not permitted"),
        ("seed=one", "seed: Input should be a valid integer"),
        ("site=L0.resid_post,L5.resid_post", "has no L5.resid_post"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_queued(run: Run, tmp_path: Path, axis: str, says: str) -> None:
    refused = run("sweep", "--base", "experiments/polysemanticity.yaml", "--axis", axis, "--output", SWEEP, "--execute")
    assert refused.exit_code == 1
    assert says in refused.stderr
    assert not (tmp_path / SWEEP).exists()
    assert rows(run) == []


def test_a_file_that_is_no_sweep_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("mine: true\n")
    refused = run("sweep", "--base", "experiments/polysemanticity.yaml", "--axis", "seed=1,2", "--output", "notes.yaml")
    assert refused.exit_code == 1
    assert "is no sweep" in refused.stderr
    assert (tmp_path / "notes.yaml").read_text() == "mine: true\n"


def test_the_shipped_spec_is_a_small_training() -> None:
    spec = read_spec(SHIPPED)
    assert (spec["kind"], spec["d_sae"], spec["site"]) == ("train_sae", 128, "L0.resid_post")
