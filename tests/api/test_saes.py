"""SAEs over HTTP: the library, cards, import, load, export, and one error shape."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.store.checkpoints import read_sae, write_sae
from microscope.wire.saes import SaeCard, SaeInfo, SaeList
from tests.conftest import D_MODEL as D


def make(**spec: Any) -> Sae:
    draw = torch.Generator().manual_seed(0)
    d_in = spec.pop("d_in", D)
    shapes = {"W_enc": (d_in, 96), "W_dec": (96, d_in), "b_enc": (96,), "b_dec": (d_in,)}
    weights = {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in shapes.items()}
    given: dict[str, Any] = {"site": "L1.resid_post", "model_name": "gpt2", **spec}
    return Sae(Spec(architecture=TopK(k=7), d_in=d_in, d_sae=96, d_out=d_in, **given), weights)


@pytest.fixture(scope="module")
def sae(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> SaeCard:
    """One that was imported."""
    folder = write_sae(tmp_path_factory.mktemp("saes") / "first", make())
    return SaeCard.model_validate_json(client.post("/api/saes", json={"source": str(folder)}).content)


def test_what_is_imported_is_listed_with_its_card(client: TestClient, sae: SaeCard) -> None:
    assert sae.sae.slug == "first"
    assert sae.measured is not None
    assert sae.measured.l0 == 7
    listing = SaeList.model_validate_json(client.get("/api/saes").content)
    assert "first" in [one.slug for one in listing.items]
    info = SaeInfo.model_validate_json(client.get("/api/saes/first").content)
    assert info.fit is not None
    assert info.fit.fits
    card = SaeCard.model_validate_json(client.get("/api/saes/first/card").content)
    assert card.measured == sae.measured
    other = SaeCard.model_validate_json(client.get("/api/saes/first/card", params={"text": "A dog ran."}).content)
    assert other.measured is not None
    assert other.measured.tokens < sae.measured.tokens


def test_a_path_is_imported_when_it_is_loaded(client: TestClient, tmp_path: Path) -> None:
    for layer in (0, 2):
        write_sae(tmp_path / "several" / f"sae_layer_{layer}", make(site=f"L{layer}.resid_post"))
    answer = client.post("/api/load-sae", json={"sae": str(tmp_path / "several"), "layer": 2})
    card = SaeCard.model_validate_json(answer.content)
    assert (card.sae.slug, card.sae.resident, card.sae.layer) == ("sae_layer_2", True, 2)
    assert client.post("/api/load-sae", json={"sae": "sae_layer_2"}).status_code == 200


def test_what_does_not_fit_is_refused_with_what_would(client: TestClient, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "wide", make(d_in=32, model_name="pythia-70m"))
    refused = client.post("/api/load-sae", json={"sae": str(folder)})
    assert refused.status_code == 409
    assert "reads d_in=32" in refused.json()["error"]
    assert "It fits models with d_model=32 and 2 layers or more." in refused.json()["next"]
    assert "--model pythia-70m" in refused.json()["next"]


def test_what_files_do_not_say_is_said_on_import(client: TestClient, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "silent", make(site="", model_name=""))
    asked = {"source": str(folder), "site": "L2.mlp_out", "model_name": "gpt2-small"}
    card = SaeCard.model_validate_json(client.post("/api/saes", json=asked).content)
    assert (card.sae.site, card.sae.model_name) == ("L2.mlp_out", "gpt2-small")
    assert card.measured is not None
    refused = client.post("/api/saes", json={**asked, "site": "block 2"})
    assert refused.status_code == 400
    assert refused.json().keys() == {"error", "next", "status"}
    taken_back = client.post("/api/saes", json={"source": "silent", "site": None, "model_name": None})
    assert SaeCard.model_validate_json(taken_back.content).sae.said_site == ""
    client.delete("/api/saes/silent")


@pytest.mark.parametrize("by", ["post", "get"])
def test_what_is_exported_is_the_same_sae(client: TestClient, sae: SaeCard, tmp_path: Path, by: str) -> None:
    answer = (
        client.post("/api/export-sae", json={"sae": sae.sae.slug})
        if by == "post"
        else client.get(f"/api/saes/{sae.sae.slug}/export")
    )
    assert answer.headers["content-type"] == "application/zip"
    assert "first.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    again = read_sae(tmp_path / "first")
    assert all(torch.equal(value, again.weights[name]) for name, value in make().weights.items())


def test_troubles_have_one_shape(client: TestClient, sae: SaeCard, tmp_path: Path) -> None:
    (tmp_path / "short.safetensors").write_bytes(b"short")
    asked = {
        404: client.get("/api/saes/nothing"),
        400: client.post("/api/saes", json={"source": str(tmp_path / "short.safetensors")}),
        422: client.post("/api/saes", json={"source": str(_pickle(tmp_path))}),
    }
    for status, answer in asked.items():
        assert answer.status_code == answer.json()["status"] == status
        assert answer.json().keys() == {"error", "next", "status"}
    assert client.post("/api/export-sae", json={"sae": sae.sae.slug, "dtype": "int8"}).status_code == 400


@pytest.mark.parametrize("file", ["cfg.json", "metrics.json"])
def test_half_a_character_in_its_files_spoils_no_list(file: str, client: TestClient, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "half", make(), metrics={})
    said = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**said, "model_name": "\ud800"}))
    before = client.get("/api/saes").json()
    refused = client.post("/api/saes", json={"source": str(folder)})
    assert refused.status_code == 400
    assert "half of a character (U+D800)" in refused.json()["error"]
    assert client.get("/api/saes").json() == before


def test_an_imported_one_is_forgotten_and_its_files_stay(client: TestClient, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "gone", make())
    client.post("/api/saes", json={"source": str(folder)})
    assert client.delete("/api/saes/gone").status_code == 204
    assert client.delete("/api/saes/gone").status_code == 404
    assert folder.is_dir()


def test_an_imported_one_whose_files_are_gone_is_forgotten(client: TestClient, tmp_path: Path) -> None:
    client.post("/api/saes", json={"source": str(write_sae(tmp_path / "old", make()))})
    shutil.rmtree(tmp_path / "old")
    assert [one["slug"] for one in client.get("/api/saes").json()["broken"]] == ["old"]
    assert client.delete("/api/saes/old").status_code == 204
    assert client.get("/api/saes").json()["broken"] == []


def _pickle(folder: Path) -> Path:
    """One that holds an object of ours."""
    torch.save({"encoder.weight": torch.zeros(2, 2), "spec": make().spec}, folder / "ae.pt")
    return folder / "ae.pt"
