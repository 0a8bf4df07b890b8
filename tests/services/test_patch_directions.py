"""Directions of neurons, tokens, prompts, spans and files, against transformers' own modules and plain sums."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.conftest import D_MODEL as D
from tests.conftest import MAIN_SHAPES
from tests.services.conftest import Bench, OpenBench
from tests.services.test_patches import patches_of
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.direction import unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported
from microscope.services.patch_previews import PatchPreviews
from microscope.wire.patch_library import PreviewPatch
from microscope.wire.patch_sources import (
    FromFile,
    FromMeans,
    FromNeuron,
    FromSpan,
    FromUnembedding,
    OfDirection,
)
from microscope.wire.patches import NewPatch

pytestmark = pytest.mark.anyio

LAYER, SITE = 1, "L1.resid_post"
TOWARD = ("The cat sat on the mat", "The dog ran after the cat", "John gave a drink")
AWAY = ("One, two, three", "The capital of France is Paris")


def plain(it: Bench) -> Any:
    """The same weights, opened by transformers alone."""
    (loaded,) = it.lab.resident
    return AutoModelForCausalLM.from_pretrained(loaded.model.name).eval()


def resid(hf: Any, ids: list[int]) -> torch.Tensor:
    """resid_post of the layer, (position, d_model)."""
    with torch.no_grad():
        return hf(torch.tensor([ids]), output_hidden_states=True).hidden_states[LAYER + 1][0]


async def steered(it: Bench, source: OfDirection) -> Steer:
    patch = (await patches_of(it).create(NewPatch(source=source))).patch
    assert isinstance(patch, Steer)
    return patch


def same(found: torch.Tensor, wanted: torch.Tensor) -> None:
    assert torch.allclose(found, wanted / wanted.norm(), atol=1e-5)


@pytest.mark.parametrize("shape", MAIN_SHAPES)
async def test_a_neuron_writes_what_the_mlp_writes_more_of_when_it_fires_more(bench: OpenBench, shape: str) -> None:
    async with bench(shape) as it:
        patch = await steered(it, FromNeuron(layer=LAYER, neuron=17, kind="steer"))
        hf = plain(it)
    mlp = (hf.transformer.h if shape == "gpt2" else hf.model.layers)[LAYER].mlp
    out = mlp.c_proj if shape == "gpt2" else mlp.down_proj
    fires = torch.zeros(out.weight.numel() // D)
    with torch.no_grad():
        before, after = out(fires), out(fires + torch.eye(len(fires))[17])
    same(unpacked(patch.direction), after - before)
    assert patch.site == f"L{LAYER}.mlp_out"


@pytest.mark.parametrize("minus", [None, 41])
@pytest.mark.parametrize("shape", MAIN_SHAPES)
async def test_a_tokens_direction_is_the_slope_of_its_logit(bench: OpenBench, shape: str, minus: int | None) -> None:
    """With the final norm's scale held: the part of the gradient that does not change the scale."""
    async with bench(shape) as it:
        patch = await steered(it, FromUnembedding(token=40, minus=minus, site=SITE, kind="steer"))
        hf = plain(it)
    norm = hf.transformer.ln_f if shape == "gpt2" else hf.model.norm
    x = torch.randn(D, generator=torch.Generator().manual_seed(0))
    inner = x - x.mean() if shape == "gpt2" else x
    scale = inner.square().mean().add(1e-6).sqrt()

    def logits(of: torch.Tensor) -> torch.Tensor:
        centred = of - of.mean() if shape == "gpt2" else of
        return hf.lm_head(centred / scale * norm.weight)

    x.requires_grad_()
    read = logits(x)[40] - (0 if minus is None else logits(x)[minus])
    (slope,) = torch.autograd.grad(read, x)
    same(unpacked(patch.direction), slope)


@pytest.mark.parametrize("shape", MAIN_SHAPES)
@pytest.mark.parametrize("position", ["last", "mean"])
async def test_strength_1_adds_the_difference_of_the_means(bench: OpenBench, shape: str, position: Any) -> None:
    async with bench(shape) as it:
        source = FromMeans(toward=TOWARD, away=AWAY, position=position, site=SITE, kind="steer")
        patch = await steered(it, source)
        hf, model = plain(it), it.lab.resident[0].model
        rows = [[resid(hf, model.encode(text)) for text in texts] for texts in (TOWARD, AWAY)]
    toward, away = (
        torch.stack([one[-1] if position == "last" else one[1:].mean(0) for one in some]).mean(0) for some in rows
    )
    assert torch.allclose(unpacked(patch.direction) * patch.scale, toward - away, atol=1e-4)


async def test_turns_are_read_where_the_answer_begins(bench: OpenBench) -> None:
    async with bench() as it:
        source = FromMeans(toward=TOWARD[:1], away=AWAY[:1], read_as="chat", site=SITE, kind="steer")
        patch = await steered(it, source)
        hf = plain(it)
        tokenizer = it.lab.resident[0].model.tokenizer
        toward, away = (
            resid(hf, tokenizer.encode(f"<|user|>\n{text}<|end|>\n<|assistant|>\n", bos=False))[-1]
            for text in (TOWARD[0], AWAY[0])
        )
    assert torch.allclose(unpacked(patch.direction) * patch.scale, toward - away, atol=1e-4)


@pytest.mark.parametrize("shape", MAIN_SHAPES)
async def test_a_span_against_the_rest_leaves_out_the_first_token(bench: OpenBench, shape: str) -> None:
    async with bench(shape) as it:
        model = it.lab.resident[0].model
        ids = model.encode("The cat sat on the mat and the dog ran")
        patch = await steered(it, FromSpan(ids=tuple(ids), start=0, end=4, site=SITE, kind="steer"))
        rows = resid(plain(it), ids)
    assert torch.allclose(unpacked(patch.direction) * patch.scale, rows[1:4].mean(0) - rows[4:].mean(0), atol=1e-4)


async def test_a_file_gives_its_tensor_as_it_stands(bench: OpenBench, tmp_path: Path) -> None:
    path = tmp_path / "found.safetensors"
    vector = torch.arange(1.0, D + 1)
    save_file({"layer_1": vector, "layer_2": -vector[None], "matrix": torch.ones(2, D)}, path)
    async with bench() as it:
        directions = patches_of(it).directions
        listed = directions.file(str(path))
        assert {one.name: one.shape for one in listed.tensors}["layer_2"] == (1, D)
        assert directions.upload(path.read_bytes()).tensors == listed.tensors
        patch = await steered(it, FromFile(path=str(path), tensor="layer_2", site=SITE, kind="steer"))
        assert torch.allclose(unpacked(patch.direction) * patch.scale, -vector)
        for tensor, says in {"": "3 tensors", "none": "no tensor 'none'", "matrix": r"shape \(2, 64\)"}.items():
            with pytest.raises((Invalid, NotFound), match=says):
                await steered(it, FromFile(path=str(path), tensor=tensor, site=SITE, kind="steer"))
        for content, says in {
            "nan": (torch.full((D,), torch.nan), "no finite number"),
            "short": (torch.ones(D - 1), "63 dimensions"),
            "zero": (torch.zeros(D), "norm 0"),
            "whole": (torch.ones(D, dtype=torch.int64), "no finite number"),
        }.values():
            save_file({"v": content}, path)
            with pytest.raises(Invalid, match=says):
                await steered(it, FromFile(path=str(path), site=SITE, kind="steer"))
        path.write_bytes(b"no tensors")
        with pytest.raises(Invalid, match="as safetensors"):
            directions.file(str(path))
        with pytest.raises(Invalid, match="as safetensors"):
            directions.upload(b"no tensors")
        with pytest.raises(NotFound, match="No safetensors file"):
            directions.file(str(tmp_path / "absent"))


async def test_each_kind_acts_where_the_direction_lies(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        neuron = {"type": "neuron", "layer": LAYER, "neuron": 3}
        token = {"type": "unembedding", "token": 40, "site": SITE}

        async def made(source: dict[str, Any], **more: Any) -> Any:
            return (await patches.create(NewPatch.model_validate({"source": {**source, **more}}))).patch

        assert (await made(neuron, kind="scale")).writers == ("L1.mlp_out",)
        scale = await made(token, kind="scale")
        ablate = await made(token, kind="ablate", everywhere=True)
        here = await made(token, kind="ablate")
        assert isinstance(scale, Scale)
        assert isinstance(ablate, Ablate)
        assert (scale.writers, ablate.site, here.site) == ((), None, SITE)
        assert scale.direction == ablate.direction == here.direction
        assert (await made(token, kind="steer", scale=2.5)).scale == 2.5


async def test_what_makes_no_direction_is_said(bench: OpenBench) -> None:
    wrong: list[tuple[OfDirection, type[Exception], str]] = [
        (FromNeuron(layer=9, neuron=0, kind="steer"), Incompatible, "3 layers"),
        (FromNeuron(layer=0, neuron=9999, kind="steer"), Incompatible, "no neuron 9999"),
        (FromUnembedding(token=10**6, site=SITE, kind="steer"), Incompatible, "outside the vocabulary"),
        (FromUnembedding(token=4, minus=4, site=SITE, kind="steer"), Invalid, "same row"),
        (FromUnembedding(token=4, site="L9.resid_post", kind="steer"), Incompatible, "3 layers"),
        (FromMeans(toward=("a b",), away=("a b",), site=SITE, kind="steer"), Invalid, "two means .* the same"),
        (FromMeans(toward=(" ",), away=("a b",), site=SITE, kind="steer"), Invalid, "text is empty"),
        (FromSpan(ids=(5, 6, 7), start=0, end=3, site=SITE, kind="steer"), Invalid, "nothing to compare"),
        (FromSpan(ids=(5, 6, 7), start=0, end=1, site=SITE, kind="steer"), Invalid, "nothing to compare"),
    ]
    async with bench() as it:
        for source, error, says in wrong:
            with pytest.raises(error, match=says):
                await steered(it, source)
        assert patches_of(it).library.list().items == ()
    async with bench("gemma2") as it:
        with pytest.raises(Unsupported, match="passes a norm"):
            await steered(it, FromNeuron(layer=0, neuron=0, kind="steer"))


async def test_a_preview_keeps_nothing_and_prompts_are_read_once(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        previews, heard = PatchPreviews(it.lab, patches), []
        source = FromMeans(toward=TOWARD, away=AWAY, site=SITE, kind="steer")
        shown = await previews.preview(PreviewPatch(id=1, source=source), lambda *told: heard.append(told))
        assert heard == [(done, 5) for done in range(1, 6)]
        assert patches.library.list().items == ()
        before = it.lab.resident[0].model.counts.forwards
        kept = await patches.create(NewPatch(source=source))
        assert it.lab.resident[0].model.counts.forwards == before
        assert (kept.hash, kept.patch, kept.says, kept.source) == (shown.hash, shown.patch, shown.says, source)
        assert kept.name == f"steer 3 prompts against 2 at {SITE}"
        assert (await previews.preview(PreviewPatch(id=2, source=source))).kept == kept.name


async def test_a_preview_names_the_tokens_that_a_direction_raises(bench: OpenBench) -> None:
    async with bench("llama") as it:
        previews = PatchPreviews(it.lab, patches_of(it))
        query = PreviewPatch(id=1, source=FromUnembedding(token=40, site=SITE, kind="steer"))
        shown = await previews.preview(query)
        hf = plain(it)
        assert isinstance(shown.patch, Steer)
        direction = unpacked(shown.patch.direction)
        with torch.no_grad():
            raised = hf.lm_head(direction * hf.model.norm.weight)
            rows = resid(hf, it.lab.resident[0].model.encode("The cat"))
    assert list(shown.promotes) == raised.topk(6).indices.tolist()
    assert list(shown.suppresses) == raised.topk(6, largest=False).indices.tolist()
    assert shown.promotes[0] == 40
    assert shown.patch.scale == shown.usual
    assert 0.2 * float(rows.norm(dim=-1).mean()) < shown.patch.scale < 5 * float(rows.norm(dim=-1).mean())
