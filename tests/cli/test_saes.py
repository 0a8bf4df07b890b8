"""The verbs about SAEs: what they print and write."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.conftest import D_MODEL as D
from typer.testing import CliRunner, Result

from microscope.cli import app
from microscope.cli.sae_tables import MEASURES
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.store.checkpoints import read_metrics, read_sae, write_sae
from microscope.wire.saes import SaeCard, SaeList

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("saes")` with a home of its own, and no settings from outside."""
    for name in os.environ:
        if name.startswith("MICROSCOPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MICROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = torch.Generator().manual_seed(0)
    shapes = {"W_enc": (D, 96), "W_dec": (96, D), "b_enc": (96,), "b_dec": (D,)}
    weights = {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in shapes.items()}
    spec = Spec(architecture=TopK(k=7), d_in=D, d_sae=96, d_out=D, site="L1.resid_post", model_name="gpt2")
    return write_sae(tmp_path / "dictionary", Sae(spec, weights), metrics={"fvu": 0.25, "l0": 7.0})


def test_a_card_has_what_was_measured_on_held_out_documents_and_says_what_a_short_text_is_worth(
    run: Run, folder: Path, tiny_folder: Callable[[str], Path]
) -> None:
    model = tiny_folder("gpt2")
    run("import-sae", folder, "--model", model)
    shown = run("card", "dictionary", "--model", model).output
    held_out, here = shown.split("on a short text, here")
    assert re.search(r"on held-out documents.*as its metrics.json says", held_out)
    assert re.search(r"FVU\W+0\.25\b", held_out)
    assert re.search(r"L0\W+7\b", held_out)
    assert "Enough to see that it fits, not to judge it." in here
    other = write_sae(folder.parent / "other", read_sae(folder), metrics={"fvu": 0.125}, dtype="float16")
    shutil.copy(other / "metrics.json", folder)
    assert "metrics.json is of other weights" in run("card", "dictionary", "--model", model).output
    assert "0.125" not in (listed := run("saes").output)
    assert "dictionary: Its metrics.json is of other weights" in listed
    (folder / "metrics.json").unlink()
    assert "Nobody measured it yet" in run("card", "dictionary", "--model", model).output


def test_measures_are_called_in_the_terminal_as_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "frontend/src/lib/saes.ts").read_text()
    assert re.findall(r'key: "(\w+)",\s*title: "([^"]+)"', page) == list(MEASURES.items())


def test_an_sae_is_imported_listed_reported_and_exported(
    run: Run, folder: Path, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    shown = run("import-sae", folder, "--model", tiny_folder("gpt2"))
    assert shown.exit_code == 0, shown.output
    assert "loss recovered" in shown.output
    assert "topk k=7, 96 features, d_in 64, stored in float32" in shown.output
    card = run("card", "dictionary", "--model", tiny_folder("gpt2"), "--json")
    measured = SaeCard.model_validate_json(card.stdout).measured
    assert measured is not None
    assert f"{measured.fvu:.3f}" in shown.output
    assert f"{measured.silent_share:.3f} of the features" in shown.output
    listed = run("saes")
    assert "dictionary" in listed.output
    assert "0.250" in listed.output
    assert "dictionary" in [one.slug for one in SaeList.model_validate_json(run("saes", "--json").stdout).items]
    out = tmp_path / "out"
    assert run("export-sae", "dictionary", "--out", out).stdout.strip() == str(out)
    assert torch.equal(read_sae(out).weights["W_enc"], read_sae(folder).weights["W_enc"])
    assert read_metrics(out) == ({"fvu": 0.25, "l0": 7.0}, "")
    half = run("export-sae", "dictionary", "--out", out, "--precision", "float16")
    assert half.exit_code == 0
    assert json.loads((out / "cfg.json").read_text())["dtype"] == "float16"


def test_a_former_name_is_told_on_import_and_on_export(
    run: Run, folder: Path, tiny_folder: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = ("--model", tiny_folder("gpt2"))
    assert run("import-sae", folder, *model).stdout.splitlines()[-1] == "Known as dictionary (imported)."
    named = run("import-sae", folder, "--name", "mine", *model)
    assert named.stdout.splitlines()[-1] == "Known as mine (imported); was dictionary."
    former = run("export-sae", "dictionary", "--out", "out")
    assert former.exit_code == 1
    assert "The SAE 'dictionary' is called 'mine' now." in former.stderr
    assert run("export-sae", "mine", "--out", "mine").stdout.strip() == str(tmp_path / "mine")
    said = run("import-sae", "mine", "--model-name", "nobody", *model, "--json")
    assert SaeCard.model_validate_json(said.stdout).sae.path == str(folder), "the name, not the folder here"
    other = run("import-sae", "./mine", "--name", "other", *model, "--json")
    assert SaeCard.model_validate_json(other.stdout).sae.path == str(tmp_path / "mine")


def test_weights_that_are_here_under_another_name_are_told(
    run: Run, folder: Path, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    model = ("--model", tiny_folder("gpt2"))
    assert "The same weights" not in run("import-sae", folder, "--name", "first", *model).stdout
    run("export-sae", "first", "--out", tmp_path / "out")
    again = run("import-sae", tmp_path / "out", "--name", "second", *model)
    assert again.stdout.splitlines()[-2:] == ["Known as second (imported).", "The same weights as first."]
    sae = read_sae(folder)
    other = Sae(sae.spec, {**sae.weights, "b_dec": sae.weights["b_dec"] + 1})
    write_sae(tmp_path / "other", other)
    assert "The same weights" not in run("import-sae", tmp_path / "other", *model).stdout
    assert SaeCard.model_validate_json(run("import-sae", tmp_path / "out", *model, "--json").stdout)


def test_an_sae_of_another_model_says_what_it_fits(run: Run, folder: Path, tiny_folder: Callable[[str], Path]) -> None:
    config = json.loads((folder / "cfg.json").read_text())
    config["metadata"]["microscope"]["site"] = "L7.resid_post"
    (folder / "cfg.json").write_text(json.dumps(config))
    shown = run("import-sae", folder, "--model", tiny_folder("gpt2"))
    assert shown.exit_code == 0
    assert "reads L7.resid_post" in shown.output
    assert "has 3 layers, L0 to L2" in shown.output


def test_an_sae_whose_files_name_no_place_is_measured_where_it_is_said_to_read(
    run: Run, tmp_path: Path, tiny_folder: Callable[[str], Path]
) -> None:
    draw = torch.Generator().manual_seed(0)
    shapes = {"W_enc": (D, 96), "W_dec": (96, D), "b_enc": (96,), "b_dec": (D,)}
    save_file(
        {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in shapes.items()}, tmp_path / "x.safetensors"
    )
    silent = run("import-sae", tmp_path / "x.safetensors", "--model", tiny_folder("gpt2"))
    assert silent.exit_code == 0, silent.output
    assert "import-sae SOURCE --site L5.resid_post" in silent.output
    said = ("--site", "L1.mlp_out", "--model-name", "gpt2-small")
    shown = run("import-sae", tmp_path / "x.safetensors", *said, "--model", tiny_folder("gpt2"))
    assert shown.exit_code == 0, shown.output
    assert "loss recovered" in shown.output
    assert "L1.mlp_out" in run("saes").output
    assert "64 × 96" in shown.output


def test_what_was_said_is_taken_back_and_an_sae_forgotten(
    run: Run, folder: Path, tiny_folder: Callable[[str], Path]
) -> None:
    model = ("--model", tiny_folder("gpt2"))
    said = run("import-sae", folder, "--model-name", "nobody", *model, "--json")
    assert SaeCard.model_validate_json(said.stdout).sae.model_name == "nobody"
    silent = run("import-sae", "dictionary", *model, "--json")
    assert SaeCard.model_validate_json(silent.stdout).sae.said_model_name == "nobody"
    back = run("import-sae", "dictionary", "--model-name", "", *model, "--json")
    assert SaeCard.model_validate_json(back.stdout).sae.model_name == "gpt2"
    shutil.rmtree(folder)
    listed = run("saes").stdout
    assert listed.count(str(folder)) == 1
    assert "microscope forget-sae dictionary" in listed
    assert "dictionary is forgotten" in run("forget-sae", "dictionary").stdout
    assert str(folder) not in run("saes").stdout
    assert run("forget-sae", "dictionary").exit_code == 1


def test_trouble_is_told_in_words(run: Run, tmp_path: Path, tiny_folder: Callable[[str], Path]) -> None:
    missing = run("export-sae", "nothing", "--out", tmp_path / "out")
    assert missing.exit_code == 1
    assert "There is no SAE 'nothing' here" in missing.stderr
    (tmp_path / "ae.pt").write_bytes(b"no pickle")
    wrong = run("import-sae", tmp_path / "ae.pt", "--model", tiny_folder("gpt2"), "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stderr.splitlines()[-1]).keys() == {"error", "next", "status"}
