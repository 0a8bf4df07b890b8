from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from microscope.engine.model import Model
from microscope.engine.parity import measure

LoadTiny = Callable[..., Model]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_every_shape_passes_in_every_dtype(tiny_model: LoadTiny, shape: str, dtype: str) -> None:
    model = tiny_model(shape, dtype)
    parity = model.info.parity
    assert parity.ok, parity.problems
    assert len(parity.block_differences) == model.n_layers
    assert parity.max_logit_difference <= 1e-4 or dtype != "float32"


def test_logits_that_are_not_the_unembedding_are_named() -> None:
    logits, resid = torch.randn(4, 9), torch.randn(3, 4, 5)
    nothing = torch.zeros(2, 4, 5)
    parity = measure(logits * 1.01, logits, resid, resid[1:] - resid[:-1], nothing, "float32")
    assert not parity.ok
    assert "does not show the model's own prediction" in parity.problems[0]
    assert "this model does something that its description here leaves out" in parity.problems[0]
    assert parity.max_logit_difference == pytest.approx(0.01 * logits.abs().max().item(), rel=1e-3)


def test_a_block_that_writes_something_else_is_named_by_its_number() -> None:
    logits, resid = torch.randn(4, 9), torch.randn(3, 4, 5)
    attn_out = resid[1:] - resid[:-1]
    attn_out[1] += 0.1
    parity = measure(logits, logits, resid, attn_out, torch.zeros(2, 4, 5), "float32")
    assert len(parity.problems) == 1
    assert parity.problems[0].startswith("In block 1 resid_pre + attn_out + mlp_out misses")


@pytest.mark.parametrize(
    ("dtype", "next"), [("float16", "Load it in bfloat16 or float32"), ("bfloat16", "float32"), ("float32", "damaged")]
)
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_logits_that_are_not_finite_are_a_problem_of_the_dtype(dtype: str, next: str, value: float) -> None:
    logits, resid = torch.full((4, 9), value), torch.randn(2, 4, 5)
    parity = measure(logits, logits, resid, resid[1:] - resid[:-1], torch.zeros(1, 4, 5), dtype)
    assert not parity.ok
    assert len(parity.problems) == 1
    assert f"The model's logits are not finite in {dtype}" in parity.problems[0]
    assert next in parity.problems[0]
    assert math.isfinite(parity.logit_limit)


def test_values_that_are_not_finite_are_named_by_the_first_block_that_has_them() -> None:
    resid = torch.randn(4, 4, 5)
    attn_out = resid[1:] - resid[:-1]
    resid[2:, -1, 0] = torch.inf
    parity = measure(torch.randn(4, 9), torch.full((4, 9), torch.nan), resid, attn_out, torch.zeros(3, 4, 5), "float16")
    assert [math.isfinite(difference) for difference in parity.block_differences] == [True, False, False]
    assert not math.isfinite(parity.max_block_difference)
    assert len(parity.problems) == 1
    assert parity.problems[0].startswith("From block 1 on the model's values are not finite in float16")
