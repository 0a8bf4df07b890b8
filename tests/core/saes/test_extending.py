"""The files that docs/extending.md shows, added to a program of their own exactly as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from tests.families.synthetic import record, sums

from microscope.store.checkpoints import read_sae
from microscope.wire.runs import Run

ROOT = Path(__file__).parents[3]
FILES = re.findall(r"As `(\w+\.py)`:\n\n```py\n(.*?)^```", (ROOT / "docs" / "extending.md").read_text(), re.M | re.S)


@pytest.fixture
def extended(tmp_path: Path) -> Any:
    """`extended(package, file, words)` runs a command of a program whose package has one file more."""

    def run(package: str, file: str, words: list[str]) -> Run:
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / file).write_text(dict(FILES)[file])
        code = f"""if True:
            import {package} as package
            package.__path__.append({str(tmp_path / "more")!r})
            from microscope.cli import app
            app({words!r}, standalone_mode=False)
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MICROSCOPE_")}
        environment = {**kept, "MICROSCOPE_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
        environment |= {"MICROSCOPE_DEVICE": "cpu"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return Run.model_validate_json(done.stdout)

    return run


def test_an_architecture_is_one_file(extended: Any, tmp_path: Path) -> None:
    record(tmp_path / "activations.parquet", sums(8_000))
    words = "train --activations activations.parquet --architecture tanh_penalty --d-sae 48 --steps 1500"
    words += " --batch-rows 256 --set sparsity_warmup_steps=200 --set dead_after_rows=20000 --json"
    run = extended("microscope.core.saes", "tanh_penalty.py", words.split())
    assert run.metrics["fvu"] < 0.1
    assert run.metrics["l0"] < 10, "of 48, where three directions make up each row"
    kept = read_sae(tmp_path / "sae_checkpoints" / "sae_layer_1")
    assert kept.spec.architecture.kind == "relu"
    assert kept.spec.training["architecture"] == {"kind": "tanh_penalty"}
    x = sums(100, seed=1)
    assert float((kept.reconstruct(x) - x).square().sum() / (x - x.mean(0)).square().sum()) == pytest.approx(
        float(run.metrics["fvu"]), abs=0.05
    )
    assert torch.isfinite(kept.encode(x)).all()


def test_an_experiment_is_one_file(extended: Any, tmp_path: Path) -> None:
    texts = ["The cat sat on the mat.", "Mary and John went to the store.", "One, two, three."]
    (tmp_path / "texts.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    words = ["run", "text_lengths", "--set", "dataset=texts.jsonl", "--set", "documents=2", "--json"]
    run = extended("microscope.families", "text_lengths.py", words)
    lengths = pq.read_table(Path(run.directory) / "tables" / "lengths.parquet").to_pydict()
    assert lengths["document"] == [0, 1]
    assert run.metrics == {"documents": 2, "tokens": sum(lengths["tokens"])}
    assert min(lengths["tokens"]) > 4
