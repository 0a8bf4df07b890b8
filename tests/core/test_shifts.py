"""Which features a change moves, against the formulas written out and against features that nothing moves."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from microscope.core.shifts import Shift, Shifts, order_of

CPU = torch.device("cpu")


def shifted(pairs: list[tuple[Tensor, Tensor]], flips: int = 200, seed: int = 0) -> Shift:
    shifts = Shifts(pairs[0][0].shape[1], flips, seed, CPU)
    for before, after in pairs:
        shifts.add(before, after)
    return shifts.result()


def noise(texts: int, features: int, moved: dict[int, float], seed: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Sparse activations of texts of several lengths, noisy before and after alike."""
    draw = torch.Generator().manual_seed(seed)
    pairs: list[tuple[Tensor, Tensor]] = []
    for text in range(texts):
        shape = (6 + text % 5, features)
        before, after = (torch.rand(shape, generator=draw) * (torch.rand(shape, generator=draw) < 0.4) for _ in "ab")
        for feature, by in moved.items():
            after[:, feature] += by
        pairs.append((before, after))
    return pairs


def test_it_is_the_paired_test_of_the_textbooks() -> None:
    pairs = noise(30, 4, {1: 0.3})
    found = shifted(pairs)
    differences = torch.stack([after.mean(0) - before.mean(0) for before, after in pairs]).double()
    torch.testing.assert_close(found.difference, differences.mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found.error, differences.std(0) / math.sqrt(30), atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(found.z, found.difference / found.error, atol=1e-4, rtol=1e-4)
    density = torch.stack([(before > 0).double().mean(0) for before, _ in pairs]).mean(0)
    torch.testing.assert_close(found.density_before, density, atol=1e-6, rtol=1e-5)


def test_what_moves_is_found_and_nothing_else() -> None:
    found = shifted(noise(80, 300, {7: 0.25, 42: -0.1, 99: 0.25}))
    assert set(found.moved.nonzero()[:, 0].tolist()) == {7, 42, 99}
    assert set(order_of(found)[:3].tolist()) == {7, 42, 99}
    assert found.split_half > 0.2 > shifted(noise(80, 300, {})).split_half


def test_of_features_that_nothing_moves_one_passes_in_a_twentieth_of_the_experiments() -> None:
    wrong = sum(bool(shifted(noise(40, 50, {}, seed), 99, seed).moved.any()) for seed in range(60))
    assert wrong <= 9, f"{wrong} of 60; 3 were expected"


def test_what_fires_in_few_texts_is_never_sure() -> None:
    pairs = [(torch.zeros(5, 2), torch.zeros(5, 2)) for _ in range(40)]
    for _, after in pairs[:4]:
        after[:, 0] = 9.0
    for _, after in pairs[:12]:
        after[:, 1] = 9.0
    found = shifted(pairs)
    assert found.z[0] == 0 < found.z[1]
    assert math.isnan(found.split_half)


def test_one_text_has_no_spread() -> None:
    with pytest.raises(AssertionError, match="1 texts have no spread"):
        shifted(noise(1, 3, {}))
