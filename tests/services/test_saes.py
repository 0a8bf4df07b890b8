"""The library as a service: report cards against what they must be, loading under a budget, refusals in words."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import JsonValue
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench

from microscope.core.reconstruction import Meter
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.services.sae_card import TEXT
from microscope.services.sae_fit import reads, to_load, warnings
from microscope.services.saes import Saes
from microscope.settings import Settings
from microscope.store.checkpoints import read_sae, write_sae
from microscope.store.saes import Library
from microscope.wire.saes import SaeCard, SaeFit, SaeList

pytestmark = pytest.mark.anyio

SITE = "L1.resid_post"


def perfect(**spec: Any) -> Sae:
    """Every direction and its opposite: gives back what it reads."""
    eye = torch.eye(D)
    weights = {"W_enc": torch.cat([eye, -eye], dim=1), "W_dec": torch.cat([eye, -eye])}
    weights |= {"b_enc": torch.zeros(2 * D), "b_dec": torch.zeros(D)}
    given: dict[str, Any] = {"site": SITE, "model_name": "gpt2", **spec}
    return Sae(Spec(architecture=Relu(), d_in=D, d_sae=2 * D, d_out=D, **given), weights)


def rough(seed: int = 0, **spec: Any) -> Sae:
    draw = torch.Generator().manual_seed(seed)
    shapes = {"W_enc": (D, 96), "W_dec": (96, D), "b_enc": (96,), "b_dec": (D,)}
    weights = {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in shapes.items()}
    given: dict[str, Any] = {"site": SITE, "model_name": "gpt2", **spec}
    return Sae(Spec(architecture=TopK(k=7), d_in=D, d_sae=96, d_out=D, **given), weights)


def open_saes(it: Bench) -> Saes:
    return Saes(it.lab, it.models, Library(it.lab.folder, shipped=()))


async def test_a_perfect_one_recovers_all_of_the_loss(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        card = await open_saes(it).import_(str(write_sae(tmp_path / "perfect", perfect())))
    assert card.measured is not None
    assert card.measured.fvu == pytest.approx(0, abs=1e-10)
    assert card.measured.loss_recovered == pytest.approx(1, abs=1e-5)
    assert card.measured.ce_clean == pytest.approx(card.measured.ce_sae, abs=1e-6)
    assert card.measured.kl == pytest.approx(0, abs=1e-6)
    assert card.measured.l0 == pytest.approx(D, abs=0.1)
    assert card.sae.fit is not None
    assert card.sae.fit.fits
    assert card.says == ""


async def test_one_that_gives_nothing_back_is_zero_ablation(bench: OpenBench, tmp_path: Path) -> None:
    nothing = perfect()
    nothing.weights["W_dec"].zero_()
    async with bench() as it:
        card = await open_saes(it).import_(str(write_sae(tmp_path / "nothing", nothing)))
    assert card.measured is not None
    assert card.measured.loss_recovered == pytest.approx(0, abs=1e-6)
    assert card.measured.ce_sae == card.measured.ce_zero


async def test_the_figures_are_those_of_the_definitions(bench: OpenBench, tmp_path: Path) -> None:
    sae = rough()
    async with bench() as it:
        saes, loaded = open_saes(it), it.lab.resident[0]
        card = await saes.import_(str(write_sae(tmp_path / "rough", sae)))
        ids = loaded.model.encode(TEXT)
        x = loaded.model.trace(ids, logits="none").named("resid_post")[1]
    keep = [at for at, token in enumerate(ids) if at and token not in loaded.model.tokenizer.begin_ids]
    meter = Meter(D, 96)
    meter.add(x[keep], sae.reconstruct(x[keep]), sae.encode(x[keep]))
    expected = meter.result()
    assert card.measured is not None
    assert card.measured.tokens == len(keep)
    assert card.measured.fvu == pytest.approx(expected.fvu)
    assert card.measured.l0 == expected.l0 == 7
    assert card.measured.silent_share == expected.dead


async def test_a_card_says_what_the_files_say(bench: OpenBench, tmp_path: Path) -> None:
    sae = rough(normalize="layer_norm", prepend_bos=True, context_size=64, dataset="stories", training={"steps": 3})
    folder = write_sae(tmp_path / "rough", sae, metrics={"fvu": 0.4}, dtype="float16")
    async with bench() as it:
        card = await open_saes(it).import_(str(folder))
    assert (card.sae.slug, card.sae.where, card.sae.format, card.sae.k) == ("rough", "imported", "microscope", 7)
    assert (card.sae.site, card.sae.layer, card.dtype, card.context_size) == (SITE, 1, "float16", 64)
    assert "began with BOS" in card.bos
    assert "mean 0 and standard deviation 1" in card.normalization
    assert "taken from the input" in card.bias
    assert card.training == {"steps": 3}
    assert card.sae.metrics == {"fvu": 0.4}
    assert {file.name for file in card.files} == {"cfg.json", "sae_weights.safetensors"}
    assert all(len(file.sha256) == 64 for file in card.files)
    assert {tensor.name: tensor.shape for tensor in card.tensors}["W_enc"] == (D, 96)
    norms = read_sae(folder).weights["W_dec"].norm(dim=-1)
    assert card.decoder_norms == (norms.min().item(), norms.max().item())


async def test_a_transcoder_is_measured_where_it_writes_and_spliced_nowhere(bench: OpenBench, tmp_path: Path) -> None:
    sae = perfect(site="L1.resid_pre", site_out="L1.mlp_out", apply_b_dec_to_input=False)
    async with bench() as it:
        card = await open_saes(it).import_(str(write_sae(tmp_path / "transcoder", sae)))
    assert card.measured is not None
    assert card.measured.fvu is not None
    assert card.measured.fvu > 0.1
    assert card.measured.loss_recovered is None


async def test_what_does_not_fit_is_told_on_the_card_and_refused_when_loaded(bench: OpenBench, tmp_path: Path) -> None:
    wide = Spec(architecture=JumpRelu(), d_in=32, d_sae=8, d_out=32, site=SITE, model_name="pythia-70m")
    weights = {"W_enc": torch.zeros(32, 8), "W_dec": torch.zeros(8, 32), "b_enc": torch.zeros(8)}
    weights |= {"b_dec": torch.zeros(32), "threshold": torch.zeros(8)}
    async with bench() as it:
        saes = open_saes(it)
        card = await saes.import_(str(write_sae(tmp_path / "wide", Sae(wide, weights))))
        assert card.measured is None
        assert card.sae.fit is not None
        assert not card.sae.fit.fits
        assert "reads d_in=32; " in card.says
        assert "d_model=64" in card.says
        with pytest.raises(Incompatible, match=r"reads d_in=32; .* d_model=64.*--model pythia-70m"):
            await saes.load("wide")
        await saes.import_(str(write_sae(tmp_path / "deep", perfect(site="L3.resid_post"))))
        with pytest.raises(Incompatible, match=r"reads L3.resid_post; .* has 3 layers, L0 to L2"):
            await saes.load("deep")


def fit_of(card: SaeCard) -> SaeFit:
    assert card.sae.fit is not None
    return card.sae.fit


async def test_another_model_is_refused_until_it_is_said_to_be_the_same(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        saes, here = open_saes(it), it.lab.resident[0].model.info.name
        folder = str(write_sae(tmp_path / "theirs", perfect(model_name="gpt2-medium")))
        card = await saes.import_(folder)
        assert not fit_of(card).fits
        assert card.measured is None
        assert card.says == fit_of(card).says
        assert f"was trained on gpt2-medium; this model is {here}" in card.says
        assert "--model gpt2-medium (here: " in card.says
        assert f"--model-name {here}" in card.says
        with pytest.raises(Incompatible, match="was trained on gpt2-medium"):
            await saes.load("theirs")
        assert (await saes.load_fitting(it.lab.resident[0].slug)).saes == {}
        said = await saes.import_("theirs", model_name=here)
        assert said.sae.model_name == here
        assert said.measured is not None
        assert fit_of(said).warnings == (
            f"That it was trained on {here} was said on import; its files name gpt2-medium.",
        )
        await saes.load("theirs")


@pytest.mark.parametrize("name", ["gpt2-small", "openai-community/gpt2", "GPT2", "gpt2+trojan", ""])
async def test_the_same_model_under_another_name_fits(name: str, bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        card = await open_saes(it).import_(str(write_sae(tmp_path / "theirs", perfect(model_name=name))))
    assert fit_of(card).fits
    assert card.measured is not None


async def test_other_weights_under_the_same_name_are_refused_with_both_hashes(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        saes, info = open_saes(it), it.lab.resident[0].model.info
        card = await saes.import_(str(write_sae(tmp_path / "theirs", perfect(weights_sha256="ab" * 32))))
        assert not fit_of(card).fits
        assert "the weights abababababababab…" in card.says
        assert f"has {info.weights_sha256[:16]}…" in card.says
        with pytest.raises(Incompatible, match="--model-name"):
            await saes.load("theirs")
        said = await saes.import_("theirs", model_name="gpt2")
        assert fit_of(said).fits
        same = perfect(weights_sha256=info.weights_sha256, model_name="another name")
        assert fit_of(await saes.import_(str(write_sae(tmp_path / "same", same)))).fits


async def test_an_adapter_leaves_a_model_the_same(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        saes, info = open_saes(it), it.lab.resident[0].model.info
        merged = info.model_copy(
            update={"weights_sha256": with_adapter(info.weights_sha256, "cd" * 32), "adapter_sha256": "cd" * 32}
        )
        of_plain = perfect(weights_sha256=info.weights_sha256).spec
        assert reads(of_plain, merged)
        assert "before an adapter was merged, or after" in warnings(of_plain, merged)[0]
        assert not reads(perfect(weights_sha256="ab" * 32).spec, merged)
        of_merged = perfect(weights_sha256=merged.weights_sha256, training={"adapters": ["trojan"]})
        card = await saes.import_(str(write_sae(tmp_path / "theirs", of_merged)))
        assert fit_of(card).fits
        assert "before an adapter was merged, or after" in fit_of(card).warnings[0]


async def test_what_fits_is_told_in_sizes_where_the_name_is_the_same(bench: OpenBench, tmp_path: Path) -> None:
    spec = Spec(architecture=Relu(), d_in=32, d_sae=8, d_out=32, site="L5.mlp_out", model_name="gpt2")
    weights = {"W_enc": torch.zeros(32, 8), "W_dec": torch.zeros(8, 32), "b_enc": torch.zeros(8)}
    async with bench() as it:
        folder = write_sae(tmp_path / "wide", Sae(spec, {**weights, "b_dec": torch.zeros(32)}))
        card = await open_saes(it).import_(str(folder))
    assert "d_model=32" in card.says
    assert "6 layers or more" in card.says
    assert "--model" not in card.says


@pytest.mark.parametrize("site", ["blocks.1.attn.hook_z", "hook_embed", "L1.hook_z"])
async def test_a_place_that_is_not_read_is_told_on_the_card(site: str, bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        saes = open_saes(it)
        card = await saes.import_(str(write_sae(tmp_path / "theirs", perfect(site=site))))
        assert not fit_of(card).fits
        assert f"reads {site}, a place that this program does not read; it reads resid_pre" in card.says
        with pytest.raises(Incompatible, match="does not read"):
            await saes.load("theirs")


async def test_one_whose_files_name_no_place_is_used_once_it_is_said(bench: OpenBench, tmp_path: Path) -> None:
    folder = str(write_sae(tmp_path / "silent", perfect(site="", model_name="")))
    async with bench() as it:
        saes = open_saes(it)
        silent = await saes.import_(folder)
        assert not fit_of(silent).fits
        assert "do not say what it reads" in silent.says
        assert "--site L5.resid_post" in silent.says
        card = await saes.import_(folder, site=SITE, model_name="gpt2")
        assert (card.sae.slug, card.sae.site, card.sae.model_name) == ("silent", SITE, "gpt2")
        assert (card.sae.said_site, card.sae.said_model_name) == (SITE, "gpt2")
        assert (silent.sae.said_site, silent.sae.said_model_name) == ("", "")
        assert card.measured is not None
        assert card.measured.fvu == pytest.approx(0, abs=1e-10)
        assert "That it reads L1.resid_post was said on import; its files do not say." in fit_of(card).warnings
        assert (await saes.load("silent")).spec.site == SITE
        with pytest.raises(Invalid, match="'block 5' is no site"):
            await saes.import_(folder, site="block 5")


async def test_a_zip_is_taken_in_with_what_is_said_of_it(bench: OpenBench, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "mine", perfect(site=""))
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    async with bench() as it:
        saes = open_saes(it)
        with pytest.raises(Invalid, match="is no site"):
            await saes.import_(str(tmp_path / "mine.zip"), site="block 5")
        assert not (saes.library.own / "mine").exists()
        card = await saes.import_(str(tmp_path / "mine.zip"), site=SITE)
    assert (card.sae.where, card.sae.kept_here, card.sae.site) == ("imported", True, SITE)
    assert card.measured is not None


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"normalize": "scale", "scale": 0.25}, "scaled by 0.25 to mean norm √64: folded into the weights"),
        ({"normalize": "scale"}, "scaled to mean norm √64: folded into the weights"),
        ({"normalize": "none"}, "None: inputs are read as they are"),
        ({"normalize_activations": "expected_average_only_in"}, "average norm of its training data is folded"),
        ({"steps": 3}, "its files do not say"),
    ],
)
async def test_what_was_folded_into_the_weights_is_told(
    training: dict[str, Any], words: str, bench: OpenBench, tmp_path: Path
) -> None:
    async with bench() as it:
        card = await open_saes(it).import_(str(write_sae(tmp_path / "theirs", perfect(training=training))))
    assert words in card.normalization


async def test_resid_mid_of_a_parallel_block_is_refused(bench: OpenBench, tmp_path: Path) -> None:
    async with bench("gpt_neox") as it:
        saes = open_saes(it)
        await saes.import_(str(write_sae(tmp_path / "mid", perfect(site="L1.resid_mid"))))
        with pytest.raises(Incompatible, match="read the same resid_pre"):
            await saes.load("mid")


async def test_what_is_loaded_stays_until_the_budget_is_spent_or_the_file_changes(
    bench: OpenBench, tmp_path: Path
) -> None:
    async with bench(sae_budget_bytes=sum(value.nbytes for value in rough().weights.values())) as it:
        saes = open_saes(it)
        for name, seed in (("a", 1), ("b", 2)):
            await saes.import_(str(write_sae(tmp_path / name, rough(seed))))
        first = await saes.load("a")
        assert await saes.load("a") is first
        assert [one.slug for one in (await saes.list()).items if one.resident] == ["a"]
        await saes.load("b")
        assert [one.slug for one in (await saes.list()).items if one.resident] == ["b"]
        write_sae(tmp_path / "b", rough(5))
        assert torch.equal((await saes.load("b")).weights["W_enc"], rough(5).weights["W_enc"])


async def test_without_a_model_there_is_a_card_without_figures(tmp_path: Path) -> None:
    lab = Lab.open(Settings(home=tmp_path / "home"))
    try:
        saes = Saes(lab, Models(lab), Library(lab.folder, shipped=()))
        card = await saes.import_(str(write_sae(tmp_path / "dictionary", perfect())))
        assert (card.measured, card.sae.fit, card.says) == (None, None, "No model is loaded.")
        with pytest.raises(NotFound, match="No model is loaded"):
            await saes.load("dictionary")
    finally:
        await lab.close()


async def test_a_zip_is_taken_in_and_what_is_exported_is_one(bench: OpenBench, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "mine", rough())
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    async with bench() as it:
        saes = open_saes(it)
        card = await saes.import_(str(tmp_path / "mine.zip"))
        assert (card.sae.slug, card.sae.where, card.sae.kept_here) == ("mine", "imported", True)
        exported = await saes.export("mine")
        assert exported == await saes.export("mine")
        (tmp_path / "again.zip").write_bytes(exported)
        again = await saes.import_(str(tmp_path / "again.zip"), name="again")
        assert torch.equal((await saes.load("again")).weights["W_enc"], rough().weights["W_enc"])
        assert again.sae.path != card.sae.path
        await saes.remove("again")
        assert [one.slug for one in (await saes.list()).items] == ["mine"]
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            assert archive.namelist() == ["mine/sae_weights.safetensors", "mine/cfg.json"]


async def test_both_exports_are_the_same_files_and_bring_along_what_was_measured(
    bench: OpenBench, tmp_path: Path
) -> None:
    metrics: dict[str, JsonValue] = {"fvu": 0.25, "loss_recovered": 0.9}
    async with bench() as it:
        write_sae(it.lab.folder.path("saes/mine"), rough(), metrics=metrics)
        saes = open_saes(it)
        folder = await saes.export_to("mine", tmp_path / "folder")
        (tmp_path / "mine.zip").write_bytes(await saes.export("mine"))
        with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
            zipped = {name.removeprefix("mine/"): archive.read(name) for name in archive.namelist()}
        assert zipped == {file.name: file.read_bytes() for file in folder.iterdir()}
        again = await saes.import_(str(tmp_path / "mine.zip"), name="again")
        assert again.sae.metrics == metrics


async def test_a_zip_without_an_sae_leaves_nothing_behind(bench: OpenBench, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("notes.txt", "hello")
    async with bench() as it:
        saes = open_saes(it)
        with pytest.raises(Invalid, match="none of the known layouts"):
            await saes.import_(str(tmp_path / "mine.zip"))
        assert not (saes.library.own / "mine").exists()


@pytest.mark.parametrize("packed", [False, True])
async def test_of_an_import_that_is_refused_nothing_stays(packed: bool, bench: OpenBench, tmp_path: Path) -> None:
    """What is wrong shows only where the tensors are read."""
    folder = write_sae(tmp_path / "mine", rough())
    good = (folder / "cfg.json").read_text()
    lacking = {"finetuning_scaling_factor": "scaling_factor", "architecture": "threshold"}
    source = shutil.make_archive(str(folder), "zip", folder) if packed else str(folder)
    async with bench() as it:
        saes = open_saes(it)
        odd: dict[str, Any] = {}
        for field, tensor in lacking.items():
            odd = {**json.loads(good), field: "jumprelu" if field == "architecture" else True}
            (folder / "cfg.json").write_text(json.dumps(odd))
            if packed:
                shutil.make_archive(str(folder), "zip", folder)
            with pytest.raises(Invalid, match=f"lacks the tensors {tensor}"):
                await saes.import_(source)
            with pytest.raises(Invalid, match=f"lacks the tensors {tensor}"):
                await saes.load_any(source)
            assert await saes.list() == SaeList(items=(), broken=())
        register = it.lab.folder.path("saes.json")
        assert not register.exists() or json.loads(register.read_text()) == {}
        (folder / "cfg.json").write_text(good)
        await saes.import_(str(folder))
        (folder / "cfg.json").write_text(json.dumps(odd))
        with pytest.raises(Invalid, match="lacks the tensors threshold"):
            await saes.import_(str(folder), name="other")
        assert [one.slug for one in (await saes.list()).items] == ["mine"]


async def test_what_is_not_there_is_told_with_what_is(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        saes = open_saes(it)
        await saes.import_(str(write_sae(tmp_path / "dictionary", perfect())))
        with pytest.raises(NotFound, match="no SAE 'other' here; there are dictionary"):
            await saes.card("other")
        with pytest.raises(NotFound, match="There is no"):
            await saes.import_(str(tmp_path / "nowhere"))
        (tmp_path / "dictionary" / "cfg.json").write_text('{"architecture": "unheard_of"}')
        with pytest.raises(Unsupported, match="unheard_of"):
            await saes.import_(str(tmp_path / "dictionary"))
        assert [one.path for one in (await saes.list()).broken] == [str(tmp_path / "dictionary")]


async def test_the_model_to_load_is_the_saes_own_under_the_name_that_it_has_here(bench: OpenBench) -> None:
    async with bench() as it:
        info = (await it.models.resident()).model.info
    own = perfect().spec.model_copy(update={"model_name": info.name, "weights_sha256": ""})
    other = own.model_copy(update={"model_name": "pythia-70m"})
    assert to_load(own, info, [info.name]) == "", "it is the current one"
    assert to_load(own, None, [info.name]) == info.name
    assert to_load(other, info, [info.name, "EleutherAI/pythia-70m"]) == "EleutherAI/pythia-70m"
    assert to_load(other, info, [info.name]) == "pythia-70m", "as its files call it"
    assert to_load(own.model_copy(update={"model_name": ""}), None, [info.name]) == "", "they do not say"
