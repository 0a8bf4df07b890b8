from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from microscope.cli import app
from microscope.engine.model import Model
from microscope.store.activations import open_recording


def test_trace_writes_what_the_model_reads(
    tmp_path: Path,
    tiny_folder: Callable[[str], Path],
    tiny_model: Callable[..., Model],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = ["The cat sat on the mat.", "Я", "Mary and John went to the store."]
    (tmp_path / "texts.txt").write_text("\n\n".join(texts))
    where = f"--model {tiny_folder('gpt2')} --device cpu --home home"
    what = "--layer 1 --site L0.mlp_out --dataset texts.txt --held-out 0 --out activations.parquet"
    told = CliRunner().invoke(app, f"trace {what} {where}".split())
    assert told.exit_code == 0, told.output
    recording = open_recording(tmp_path / "activations.parquet")
    assert recording.header.sites == ("L0.mlp_out", "L1.resid_post")
    model = tiny_model("gpt2")
    assert list(recording.documents("train")) == [model.encode(text) for text in texts]


def test_trace_says_what_is_missing(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["trace", "--out", str(tmp_path / "a.parquet"), "--home", str(tmp_path / "home")])
    assert told.exit_code == 1
    assert told.stderr.startswith("Neither --layer nor --site is given")
    assert "--layer 10" in told.stderr
