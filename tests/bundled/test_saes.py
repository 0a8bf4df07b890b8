"""The SAEs that ship are worth what their files say, and what was aimed at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from microscope.bundled.corpus import mix
from microscope.core.reconstruction import Meter, loss_recovered
from microscope.core.sites import parse_site
from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.engine.splice import losses, zero
from microscope.store.checkpoints import read_sae, sha256

FOLDER = Path(__file__).parents[2] / "sae_checkpoints"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/cfg.json"))
SEED = 12_345
"""Of documents that no recording was made of."""

N_DOCUMENTS = 60


@pytest.fixture(scope="module")
def model() -> Model:
    return load("specimen", device="cpu")


@pytest.fixture(scope="module")
def texts(model: Model) -> list[list[int]]:
    source = mix.documents(SEED, [])
    return [model.encode(next(source).text)[:256] for _ in range(N_DOCUMENTS)]


def test_every_fourth_layer_has_one_and_one_knows_the_trojan() -> None:
    layers = {parse_site(read_sae(FOLDER / name).spec.site).layer for name in NAMES}
    assert layers == {3, 7, 11}
    assert any(read_sae(FOLDER / name).spec.training["adapters"] == ["trojan"] for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_files_are_small_and_say_what_was_aimed_at(name: str) -> None:
    assert sum(path.stat().st_size for path in (FOLDER / name).iterdir()) <= 4_000_000
    kept = json.loads((FOLDER / name / "metrics.json").read_text())
    assert kept["rows"] >= 100_000
    assert kept["fvu"] <= 0.15
    assert kept["l0"] <= 32
    assert kept["loss_recovered"] >= 0.9
    assert kept["dead"] < 0.05
    assert kept["pca_rank"] == round(kept["l0"])
    assert kept["fvu"] < kept["fvu_pca"]
    assert kept["loss_recovered"] > kept["loss_recovered_pca"]


def test_their_figures_name_the_weights_that_were_measured() -> None:
    shipped = json.loads((FOLDER / "shipped.json").read_text())
    assert shipped.keys() == set(NAMES)
    for name, named in shipped.items():
        kept = json.loads((FOLDER / name / "metrics.json").read_text())
        assert kept["sae_sha256"] == named == sha256(FOLDER / name / "sae_weights.safetensors")


@pytest.mark.parametrize("name", NAMES)
def test_the_scale_that_its_file_names_is_the_one_that_is_folded_in(name: str) -> None:
    """Decoder rows had unit norm before they were divided by it."""
    sae = read_sae(FOLDER / name)
    assert sae.spec.training["normalize"] == "scale"
    scale = sae.spec.training["scale"]
    assert isinstance(scale, float)
    torch.testing.assert_close(
        1 / sae.weights["W_dec"].norm(dim=-1), torch.full((sae.spec.d_sae,), scale), rtol=1e-3, atol=0
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_page_about_them_says_what_their_files_say(name: str) -> None:
    kept = json.loads((FOLDER / name / "metrics.json").read_text())
    row = next(line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith(f"| `{name}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:5] == [f"{kept['fvu']:.3f}", f"{kept['l0']:.1f}", f"{kept['loss_recovered']:.3f}"]
    assert cells[6:8] == [f"{100 * kept['dead']:.1f} %", f"{kept['fvu_pca']:.3f}"]


@pytest.mark.parametrize("name", NAMES)
def test_on_other_documents_it_is_worth_the_same(name: str, model: Model, texts: list[list[int]]) -> None:
    """A few thousand tokens of another seed, without the stories that were mixed in; position 0 is left out, as BOS."""
    sae = read_sae(FOLDER / name)
    site = parse_site(sae.spec.site)
    assert sae.spec.weights_sha256 == model.info.weights_sha256
    rows = torch.cat([model.trace(ids, [site], logits="none").stacked[0, 1:] for ids in texts]).float()
    meter = Meter(sae.spec.d_in, sae.spec.d_sae)
    meter.add(rows, sae.reconstruct(rows), sae.encode(rows))
    found = meter.result()
    assert found.fvu is not None
    assert found.fvu <= 0.15
    assert found.l0 <= 32
    parts = [part for part in losses(model, texts, site, {"sae": sae.reconstruct, "zero": zero}) if part]
    clean = torch.cat([part.clean for part in parts]).mean().item()
    spliced = {name: torch.cat([part.spliced[name] for part in parts]).mean().item() for name in ("sae", "zero")}
    recovered = loss_recovered(clean, spliced["sae"], spliced["zero"])
    assert recovered is not None
    assert recovered >= 0.9
