"""The size of a change, against the change itself."""

from __future__ import annotations

import pytest
import torch

from microscope.core.low_rank import effective_rank, singular_values


def test_singular_values_are_those_of_the_product() -> None:
    torch.manual_seed(0)
    down, up = torch.randn(3, 20), torch.randn(12, 3)
    whole = torch.linalg.svdvals(up.double() @ down.double())
    found = singular_values(down, up)
    assert torch.allclose(found, whole[:3])
    assert torch.allclose(found.norm(), (up @ down).double().norm(), rtol=1e-6)


def test_effective_rank_counts_what_is_equal() -> None:
    assert effective_rank(torch.tensor([2.0, 2.0, 2.0])) == pytest.approx(3)
    assert effective_rank(torch.tensor([2.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_rank(torch.zeros(3)) == 0
    assert 1 < effective_rank(torch.tensor([1.0, 0.1])) < 2
