"""`train`, `eval` and `harvest` as they are typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.families.synthetic import record_model
from typer.main import get_command
from typer.testing import Result

from microscope.cli import app
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.families.evaluate_sae import EvaluateSae
from microscope.families.harvest import Harvest
from microscope.families.train_sae import TrainSae
from microscope.services.serving import announce
from microscope.store.checkpoints import read_metrics, read_sae
from microscope.store.files import Folder
from microscope.wire.runs import Run as RunOf

Run = Callable[..., Result]
TEXTS = [
    f"{name} went to the {place}, and the {thing} ran after {name}."
    for name in ("Mary", "John", "The cat", "France")
    for place in ("store", "mat", "dog")
    for thing in ("cat", "drink")
]
SMALL = ("-k", 4, "--d-sae", 96, "--steps", 60, "--batch-rows", 64)


@pytest.fixture
def recording(tmp_path: Path, tiny_model: Callable[..., Model]) -> Path:
    return record_model(tmp_path / "activations.parquet", tiny_model("gpt2"), TEXTS, Site(1, "resid_post"))


@pytest.mark.usefixtures("recording")
def test_what_train_wrote_is_what_eval_finds(run: Run, tmp_path: Path) -> None:
    """Both commands as the documentation writes them."""
    trained = run("train", "--activations", "activations.parquet", "--layer", 1, "--out", "sae_checkpoints/", *SMALL)
    assert trained.exit_code == 0, trained.output
    folder = tmp_path / "sae_checkpoints" / "sae_layer_1"
    assert str(folder) in trained.stdout
    assert read_sae(folder).spec.d_sae == 96
    evaluated = run(
        "eval", "--sae-path", "sae_checkpoints/sae_layer_1.safetensors", "--activations", "activations.parquet",
        "--layer", 1, "--keep", "--json",
    )  # fmt: skip
    assert evaluated.exit_code == 0, evaluated.output
    found = RunOf.model_validate_json(evaluated.stdout)
    assert set(found.row.headline) == {"fvu", "l0", "loss_recovered", "dead"}
    assert read_metrics(folder).own == found.metrics


@pytest.mark.usefixtures("recording")
def test_a_folder_of_several_is_told_apart_by_the_layer(run: Run) -> None:
    run("train", "--activations", "activations.parquet", "--layer", 1, *SMALL)
    done = run(
        "eval", "--sae-path", "sae_checkpoints", "--activations", "activations.parquet", "--layer", 1, "--no-loss"
    )
    assert done.exit_code == 0, done.output
    assert "loss recovered" not in done.stdout


@pytest.mark.usefixtures("recording")
def test_figures_stand_beside_the_nulls_and_what_is_not_kept_is_said(run: Run, tmp_path: Path) -> None:
    trained = run("train", "--activations", "activations.parquet", "--layer", 1, *SMALL)
    folder = tmp_path / "sae_checkpoints" / "sae_layer_1"
    words = ("eval", "--sae-path", folder, "--activations", "activations.parquet", "--tokens", 200)
    evaluated, before = run(*words), (folder / "metrics.json").read_bytes()
    assert evaluated.exit_code == 0, evaluated.output
    heads = ["this SAE", "random directions", "untrained", "PCA, rank "]
    for said, measures in ((trained.stdout, ["FVU"]), (evaluated.stdout, ["FVU", "loss recovered"])):
        (head,) = (line for line in said.splitlines() if "this SAE" in line)
        assert [name for name in heads if name not in head] == []
        rows = [line for line in said.splitlines() if line.startswith(tuple(f"{name}  " for name in measures))]
        assert len(rows) == len(measures)
        assert f"{read_metrics(folder).own['fvu']:.3f}" in rows[0]
        assert "fvu  " not in said, "each figure once"
    assert "--keep puts these figures on its card" in evaluated.stdout
    assert (folder / "metrics.json").read_bytes() == before
    assert f"SAE sae_layer_1  /saes/sae_layer_1  (see it: microscope ui --home {tmp_path}/home)" in trained.stdout
    kept = run(*words, "--keep")
    assert "Not kept" not in kept.stdout
    assert "loss_recovered" in read_metrics(folder).own


@pytest.mark.usefixtures("recording")
def test_a_harvest_says_where_its_features_are_seen(run: Run, tmp_path: Path) -> None:
    run("train", "--activations", "activations.parquet", "--layer", 1, *SMALL)
    announce(Folder(tmp_path / "home"), "http://127.0.0.1:8123")
    done = run("harvest", "sae_checkpoints/sae_layer_1", "--activations", "activations.parquet", "--name", "tiny")
    assert done.exit_code == 0, done.output
    assert "Features of tiny  http://127.0.0.1:8123/features?sae=tiny" in done.stdout


@pytest.mark.usefixtures("recording")
def test_another_sae_in_its_place_is_told_before_anything_runs(run: Run, tmp_path: Path) -> None:
    words = ("train", "--activations", "activations.parquet", "--layer", 1, *SMALL)
    assert run(*words).exit_code == 0
    folder = tmp_path / "sae_checkpoints" / "sae_layer_1"
    before = (folder / "sae_weights.safetensors").read_bytes()
    for later in ((), ("--later",), ("--seed", 3), ("--seed", 3, "--json")):
        refused = run(*words, *later)
        assert refused.exit_code == 1
        assert f"There is an SAE already: {folder}, 96 features (topk) of L1.resid_post" in refused.stderr
        assert "(Replace, or --replace): it is overwritten" in refused.stderr
    assert (folder / "sae_weights.safetensors").read_bytes() == before
    assert len(json.loads(run("runs", "--json").stdout)["rows"]) == 1
    assert run(*words, "--seed", 3, "--replace").exit_code == 0
    assert (folder / "sae_weights.safetensors").read_bytes() != before


@pytest.mark.usefixtures("recording")
def test_of_two_queued_for_one_place_the_second_is_refused_and_says_so(run: Run) -> None:
    for seed in (1, 2):
        words = ("train", "--activations", "activations.parquet", "--layer", 1, "--seed", seed, "--later", *SMALL)
        assert run(*words).exit_code == 0
    assert run("queue", "run").exit_code == 0
    second, first = json.loads(run("runs", "--json").stdout)["rows"]
    assert (first["status"], second["status"]) == ("succeeded", "failed")
    assert "There is an SAE already" in second["failure"]["error"]
    assert json.loads(run("run-show", second["id"], "--json").stdout)["live"] == []


@pytest.mark.usefixtures("recording")
def test_a_wrong_layer_is_told_before_anything_runs(run: Run, tmp_path: Path) -> None:
    refused = run("train", "--activations", "activations.parquet", "--layer", 2)
    assert refused.exit_code == 1
    assert "has no L2.resid_post; expected one of L1.resid_post" in refused.stderr
    both = run("train", "--activations", "activations.parquet", "--layer", 1, "--site", "L1.mlp_out", "--json")
    assert json.loads(both.stderr)["error"] == "Expected one of --layer and --site; got 1 and L1.mlp_out."
    nothing = run("eval", "--sae-path", "sae_checkpoints", "--activations", "activations.parquet")
    assert nothing.exit_code == 1
    assert not (tmp_path / "sae_checkpoints").exists()


def test_help_prints_the_defaults_of_the_families() -> None:
    """Each is written once: what `--help` shows is what a spec is filled in with."""
    group: Any = get_command(app)
    shown: dict[str, tuple[str, Any]] = {}
    for name, kind in (("train", TrainSae), ("eval", EvaluateSae), ("harvest", Harvest)):
        for option in group.commands[name].params:
            field = kind.model_fields.get(option.name)
            if field is not None and re.fullmatch(r"[\d.]+", str(option.show_default)):
                shown[f"{name} {option.name}"] = option.show_default, field.default
    assert {"train steps", "train batch_rows", "train learning_rate", "eval rows", "harvest max_tokens"} <= set(shown)
    assert {name: text for name, (text, default) in shown.items() if float(text) != default} == {}
    k, d_sae = (
        next(one.show_default for one in group.commands["train"].params if one.name == n) for n in ("k", "d_sae")
    )
    assert (k, d_sae) == (str(TopK().k), f"{TrainSae.model_fields['expansion'].default} times the width")


@pytest.mark.usefixtures("recording")
def test_any_parameter_can_be_set_and_left_to_a_worker(run: Run) -> None:
    planned = run(
        "train", "--activations", "activations.parquet", "--architecture", "relu", "--set", "normalize=layer_norm",
        "--set", "expansion=2", "--later",
    )  # fmt: skip
    assert planned.exit_code == 0, planned.output
    (row,) = json.loads(run("runs", "--json").stdout)["rows"]
    assert row["status"] == "planned"
    spec = json.loads(run("run-show", row["id"], "--json").stdout)["spec"]
    assert (spec["architecture"], spec["normalize"], spec["expansion"]) == ({"kind": "relu"}, "layer_norm", 2)
