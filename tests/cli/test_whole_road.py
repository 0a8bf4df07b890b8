"""From a model to its features and back out, on the bundled model, as the documentation types it.

trace → train → eval → harvest → browse → export → import, each verb on what the one before it wrote. Budgets are tiny
(20 thousand tokens, 250 steps), so the bounds are far from what the shipped SAEs reach; an SAE that learned nothing, a
reconstruction that goes to the wrong place or a dictionary of other features fails them all the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load
from starlette.testclient import TestClient
from typer.testing import CliRunner

from microscope.api.app import create_app
from microscope.cli import app
from microscope.core.sites import Site
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.activations import open_recording
from microscope.store.checkpoints import read_metrics, read_sae
from microscope.wire.runs import Run
from microscope.wire.saes import SaeCard

LAYER, D_SAE, K = 7, 1024, 16
SITE = Site(LAYER, "resid_post")
METHODS = (Path(__file__).parents[2] / "docs" / "methods.md").read_text()


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A command in a folder of its own; gives what it printed."""
    for name in os.environ:
        if name.startswith("MICROSCOPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MICROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MICROSCOPE_DEVICE", "cpu")
    monkeypatch.chdir(tmp_path)

    def run(command: str) -> str:
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code == 0, (command, done.output)
        return done.stdout

    return run


@pytest.mark.timeout(600)
def test_the_whole_road(typed: Callable[..., str], tmp_path: Path) -> None:
    typed(f"trace --layer {LAYER} --max-tokens 20000 --out activations.parquet")
    recording = open_recording(tmp_path / "activations.parquet")
    held_out = recording.n_rows(SITE, "held_out")
    assert recording.n_rows(SITE, "train") > 4 * held_out
    assert held_out > 500

    size = f"-k {K} --d-sae {D_SAE} --steps 250 --batch-rows 1024"
    typed(f"train --activations activations.parquet --layer {LAYER} --out sae_checkpoints/ {size}")
    trained = read_metrics(tmp_path / "sae_checkpoints" / "sae_layer_7").own

    told = typed(
        "eval --sae-path sae_checkpoints/sae_layer_7.safetensors --activations activations.parquet "
        f"--layer {LAYER} --tokens 1500 --json"
    )
    found: dict[str, Any] = dict(Run.model_validate_json(told).metrics)
    assert [name for name in found if f"`{name}`" not in METHODS] == [], "every figure is defined in docs/methods.md"
    assert found["fvu"] == pytest.approx(trained["fvu"], rel=1e-3), "eval measures what train kept"
    assert found["fvu"] < 0.4
    assert found["fvu"] < 0.7 * found["fvu_pca"] < found["fvu_random_directions"]
    assert found["l0"] <= K
    assert found["dead"] < 0.2
    assert found["loss_recovered"] > 0.6
    assert found["loss_recovered"] > found["loss_recovered_pca"]
    assert found["ce_clean"] < found["ce_sae"] < found["ce_zero"]

    card = SaeCard.model_validate_json(typed("import-sae sae_checkpoints/sae_layer_7 --name road --json"))
    typed("harvest road --activations activations.parquet --max-tokens 10000")
    browsed(tmp_path / "home")

    typed("export-sae road --out out")
    again = SaeCard.model_validate_json(typed("import-sae out --name again --json"))
    x = torch.from_numpy(recording.rows(SITE, "held_out", recording.usable(SITE, "held_out")[:500]))
    ours, theirs = read_sae(tmp_path / "sae_checkpoints" / "sae_layer_7"), read_sae(tmp_path / "out")
    assert torch.equal(ours.encode(x), theirs.encode(x))
    assert torch.equal(ours.reconstruct(x), theirs.reconstruct(x))
    assert int((ours.encode(x) > 0).sum(1).max()) <= K

    assert SaeCard.model_validate_json(typed("card road --json")) == card
    assert card.measured is not None
    assert card.measured == again.measured, "the same SAE is worth the same"
    assert card.sae.site == "L7.resid_post"
    assert card.measured.fvu is not None
    assert card.measured.fvu < 0.5
    assert card.measured.loss_recovered is not None
    assert card.measured.loss_recovered > 0.6


def browsed(home: Path) -> None:
    """What the pages ask for: the table, a feature's page, a search."""
    lab = Lab.open(Settings(home=home, model="specimen", device="cpu"))
    with TestClient(create_app(lab, static=home / "static"), base_url="http://127.0.0.1:8000") as client:
        while not (model := client.get("/api/health").json()["model"]):
            time.sleep(0.05)
        table = client.get("/api/features", params={"sae": "road", "sort": "max", "desc": True}).json()
        live = rows(client)
        assert (table["total"], table["dictionary"]["d_sae"]) == (len(live), D_SAE)
        assert table["total"] > 0.8 * D_SAE
        strongest = [row["max"] for row in table["rows"]]
        assert strongest == sorted(strongest, reverse=True)

        feature = client.get(f"/api/features/road/{table['rows'][0]['index']}").json()
        assert feature["row"] == table["rows"][0]
        assert feature["examples"][0]["activation"] == pytest.approx(feature["row"]["max"])
        assert sum(feature["histogram"]["counts"]) == feature["row"]["count"]
        assert feature["provenance"]["run"].startswith("harvest-")
        logits = [one["value"] for one in feature["top_logits"]]
        assert logits == sorted(logits, reverse=True)

        vocab = load(client.get(f"/api/models/{model}/vocab").content)
        token = next(row["top_tokens"][0] for row in table["rows"] if row["top_tokens"])
        begin, end = vocab["offsets"][token : token + 2]
        text = bytes(vocab["bytes"][begin:end]).decode().strip()
        hits = {row["index"] for row in rows(client, q=text, within="token")}
        expected = {row["index"] for row in live if token in row["top_tokens"]}
        assert expected
        assert expected <= hits


def rows(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """All features of the table that fire, a window after the other."""
    found: list[dict[str, Any]] = []
    while True:
        asked = {"sae": "road", "offset": len(found), "limit": 200, **query}
        page = client.get("/api/features", params=asked).json()
        found += page["rows"]
        if len(found) >= page["total"]:
            return found
