from __future__ import annotations

import base64

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.direction import packed, unpacked


def test_a_direction_is_kept_at_unit_norm_and_then_keeps_its_bits() -> None:
    """Or a patch that is read and written again would have another name."""
    for seed in range(200):
        once = packed(torch.randn(192, generator=torch.Generator().manual_seed(seed)))
        assert abs(float(unpacked(once).norm()) - 1) < 1e-6
        assert packed(unpacked(once)) == once
        assert Ablate(direction=once).direction == once


def test_numbers_typed_by_hand_are_the_same_direction() -> None:
    typed = Ablate.model_validate({"direction": [3, 0, -4]})
    assert torch.allclose(unpacked(typed.direction), torch.tensor([0.6, 0.0, -0.8]))
    assert Ablate.model_validate_json(typed.model_dump_json()) == typed


@pytest.mark.parametrize(
    ("direction", "says"),
    [
        ([0.0, 0.0], "norm 0"),
        ([], "shape"),
        ([1.0, float("nan")], "finite"),
        ([float("inf"), 1.0], "finite"),
        ([[1.0, 2.0]], "shape"),
        (["a"], "numbers"),
        ("not base64!", "base64"),
        (base64.b64encode(b"12345").decode(), "4 for each number"),
        (base64.b64encode(np.zeros(4, "<f4").tobytes()).decode(), "norm 0"),
        (17, "string"),
    ],
)
def test_what_is_no_direction_is_refused_in_words(direction: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Ablate.model_validate({"direction": direction})
