"""Gradients with attention patterns and norms' scales held, against the model itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from microscope.core.sites import Site
from microscope.engine.loading import load
from microscope.engine.model import Model

SHAPES = ("gpt2", "llama", "qwen3", "gemma2", "gpt_neox", "opt", "phi", "phi3")
IDS = (5, 9, 30, 31, 60, 9)


def read(value: Tensor) -> Tensor:
    """Something linear of the last position."""
    weights = torch.linspace(-1, 1, value.shape[-1])
    return (value[-1].float() * weights).sum()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_number_and_the_values_are_the_models_own(tiny_model: Callable[..., Model], shape: str) -> None:
    model = tiny_model(shape)
    target, source = Site(2, "resid_post"), Site(0, "resid_post")
    plain = model.trace(IDS, [target, source], logits="none")
    found = model.gradients(IDS, (target, read), [source])
    torch.testing.assert_close(found.values[0], plain.at(source), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.number, read(plain.at(target)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_attention_writes_adds_up_where_nothing_has_a_bias(tiny_folder: Callable[[str], Path], shape: str) -> None:
    """With patterns and scales held, attention is linear in what it reads: ⟨h, ∇⟩ is all of the number.

    A gradient through a norm's own scale would be 0 along h, and one through the patterns would be another map's.
    """
    model = load(str(tiny_folder(shape)), dtype="float32", device="cpu")
    for name, parameter in model._hf.named_parameters():  # type: ignore[reportPrivateUsage]
        if name.endswith("bias"):
            parameter.data.zero_()
    for layer in range(1, model.n_layers):
        found = model.gradients(IDS, (Site(layer, "attn_out"), read), [Site(layer - 1, "resid_post")])
        assert float((found.gradients[0] * found.values[0]).sum()) == pytest.approx(float(found.number), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_residual_stream_hands_on_what_it_carries(tiny_model: Callable[..., Model], shape: str) -> None:
    """resid_post of a layer enters the next one: reading it there has the reader's own gradient."""
    model = tiny_model(shape)
    leaf = model.trace(IDS, [Site(1, "resid_post")], logits="none").at(Site(1, "resid_post")).clone().requires_grad_()
    (own,) = torch.autograd.grad(read(leaf), leaf)
    found = model.gradients(IDS, (Site(2, "resid_pre"), read), [Site(1, "resid_post")])
    torch.testing.assert_close(found.gradients[0], own)


def test_hooks_are_gone_afterwards(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("llama")
    before = [len(module._forward_hooks) for module in model._hf.modules()]  # type: ignore[reportPrivateUsage]
    model.gradients(IDS, (Site(2, "resid_post"), read), [Site(0, "resid_post")])
    after = [len(module._forward_hooks) for module in model._hf.modules()]  # type: ignore[reportPrivateUsage]
    assert before == after
