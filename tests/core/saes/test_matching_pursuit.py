"""Matching pursuit against a loop over one row at a time, and the rules that end it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from microscope.core.saes.matching_pursuit import MatchingPursuit

D, F = 6, 20


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def directions(seed: int = 0, length: float = 1.0) -> Tensor:
    return torch.nn.functional.normalize(random(F, D, seed=seed), dim=-1) * length


def pursued(rule: MatchingPursuit, w_dec: Tensor, c: Tensor) -> tuple[list[float], str]:
    """What Mallat and Zhang do with one vector, and why it came to an end."""
    left, acts = c.clone(), [0.0] * F
    for _ in range(rule.max_iterations or D):
        along = [float(left @ w_dec[feature]) for feature in range(F)]
        best = max(range(F), key=along.__getitem__)
        fired = acts[best] > 0
        acts[best] += max(along[best], 0)
        left = left - max(along[best], 0) * w_dec[best]
        if rule.stop_on_duplicate_support and (fired or along[best] <= 0):
            return acts, "nothing new"
        if rule.residual_threshold > 0 and float(left.norm()) < rule.residual_threshold:
            return acts, "near enough"
    return acts, "out of choices"


@pytest.mark.parametrize("length", [1.0, 0.7])
@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (MatchingPursuit(), "nothing new"),
        (MatchingPursuit(residual_threshold=1), "near enough"),
        (MatchingPursuit(max_iterations=2), "out of choices"),
        (MatchingPursuit(stop_on_duplicate_support=False, max_iterations=40), "near enough"),
        (MatchingPursuit(residual_threshold=0, stop_on_duplicate_support=False), "out of choices"),
    ],
)
def test_it_is_the_loop_over_rows_whichever_rule_ends_it(rule: MatchingPursuit, end: str, length: float) -> None:
    w_dec, c = directions(length=length), random(200, D, seed=1)
    acts = rule.encode({"W_dec": w_dec}, c)
    expected = [pursued(rule, w_dec, row) for row in c]
    torch.testing.assert_close(acts, torch.tensor([row for row, _ in expected], dtype=torch.float64))
    assert end in {why for _, why in expected}


def test_nothing_fires_for_what_no_direction_points_to() -> None:
    w_dec = directions().abs()
    assert not MatchingPursuit().encode({"W_dec": w_dec}, -torch.ones(3, D, dtype=torch.float64)).any()


def test_a_row_does_not_depend_on_those_beside_it() -> None:
    rule, w_dec, c = MatchingPursuit(residual_threshold=0.8), directions(), random(50, D, seed=2)
    together = rule.encode({"W_dec": w_dec}, c)
    alone = torch.cat([rule.encode({"W_dec": w_dec}, row[None]) for row in c])
    torch.testing.assert_close(together, alone)


def test_orthonormal_directions_give_back_all_of_a_row_that_they_point_to() -> None:
    w_dec = torch.linalg.qr(random(D, D)).Q
    c = random(30, D, seed=3).abs() @ w_dec
    acts = MatchingPursuit(residual_threshold=1e-9).encode({"W_dec": w_dec}, c)
    torch.testing.assert_close(acts @ w_dec, c)


def test_its_slope_is_that_of_the_features_that_were_chosen() -> None:
    rule, w_dec, c = MatchingPursuit(max_iterations=4), directions(), random(1, D, seed=4)
    feature = int(rule.encode({"W_dec": w_dec}, c)[0].argmax())
    leaf = c.clone().requires_grad_()
    (slope,) = torch.autograd.grad(rule.encode({"W_dec": w_dec}, leaf)[0, feature], leaf)
    for axis in range(D):
        step = torch.zeros(1, D, dtype=torch.float64)
        step[0, axis] = 1e-6
        up, down = (rule.encode({"W_dec": w_dec}, c + sign * step)[0, feature] for sign in (1, -1))
        assert float(slope[0, axis]) == pytest.approx(float(up - down) / 2e-6, abs=1e-6)
