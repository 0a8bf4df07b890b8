"""A pass that begins at a block gives the numbers of a whole pass, and leaves the model as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch, Placed, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.skipping import Entering

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."
SHAPES = (
    "gpt2",
    "llama",
    "llama-tied",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma2",
    "gemma3",
    "gpt_neox",
    "opt",
    "phi",
    "phi3",
)


def acting_late(model: Model) -> list[Patch]:
    """Nothing of them acts in the first block."""
    direction = packed(torch.randn(model.d_model, generator=torch.Generator().manual_seed(0)))
    found: list[Patch] = [
        Steer(site=site, direction=direction, scale=9.0) for site in ("L0.resid_post", "L1.resid_pre", "L1.resid_post")
    ]
    found += [Ablate(direction=direction, site="L1.attn_out"), Ablate(direction=direction, site="L1.mlp_out")]
    if not model.layout.parallel:
        found.append(Steer(site="L1.resid_mid", direction=direction, scale=9.0))
    if not model.layout.post_norm:
        found.append(Scale(direction=direction, writers=("L1.mlp_out",)))
    return found


def of(model: Model, patch: Patch) -> tuple[Placed, ...]:
    return placed([Member(patch=patch)], model.place())


@pytest.mark.parametrize("shape", SHAPES)
def test_from_the_block_on_it_is_a_whole_pass(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    row = torch.tensor([model.encode(TEXT)])
    end = Site(model.n_layers - 1, "resid_post")
    for patch in acting_late(model):
        edits = of(model, patch)
        block = model.first_block(edits)
        assert block == (2 if patch == acting_late(model)[2] else 1)
        entered = model.trace_rows(row, [Site(block - 1, "resid_post")])[0]
        whole = model.trace_rows(row, [end], edits=[Edits(edits)])
        begun = model.trace_rows(row, [end], edits=[Edits(edits)], entering=Entering(block, entered))
        assert torch.equal(begun, whole), (shape, patch)
        assert not torch.allclose(whole, model.trace_rows(row, [end]), atol=1e-2)


def test_what_reaches_the_embeddings_begins_with_them(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    direction = packed(torch.ones(model.d_model))
    assert model.first_block(of(model, Ablate(direction=direction))) == 0
    assert model.first_block(of(model, Scale(direction=direction))) == 0
    assert model.first_block(()) == model.n_layers


def test_the_blocks_compute_again_afterwards_also_where_a_pass_breaks(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    row = torch.tensor([model.encode(TEXT)])
    end = Site(model.n_layers - 1, "resid_post")
    whole = model.trace_rows(row, [end])
    modules: nn.Module = vars(model)["_hf"]
    own = {name: dict(vars(module)) for name, module in modules.named_modules()}
    calls: list[int] = []
    handle = model.module("model.layers.0.mlp").register_forward_hook(lambda *_: calls.append(1))
    entering = Entering(1, torch.zeros(1, row.shape[1], model.d_model + 1))
    with pytest.raises(RuntimeError):
        model.trace_rows(row, [end], entering=entering)
    assert not calls, "a block that is skipped computes nothing"
    handle.remove()
    assert all(vars(module).keys() == own[name].keys() for name, module in modules.named_modules())
    assert torch.equal(model.trace_rows(row, [end]), whole)
