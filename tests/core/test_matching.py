from __future__ import annotations

from itertools import permutations

import pytest
import torch

from microscope.core import matching as module
from microscope.core.matching import Matching, Null, chance, kin, matching, paired_cosine, random_directions, summary
from microscope.errors import TooLarge


def test_a_permuted_copy_is_found_again_at_cosine_1() -> None:
    rows = random_directions(200, 24, seed=3)
    order = torch.randperm(200, generator=torch.Generator().manual_seed(1))
    lengths = 0.5 + torch.rand(200, 1, generator=torch.Generator().manual_seed(2))
    found = matching(rows, lengths * rows[order])
    assert torch.equal(found.left, torch.arange(200))
    assert torch.equal(order[found.right], torch.arange(200))
    torch.testing.assert_close(found.cosine, torch.ones(200))
    assert summary(found.cosine)["share_above_0.9"] == 1


@pytest.mark.parametrize(("n_left", "n_right"), [(5, 5), (4, 6), (6, 4), (1, 3)])
@pytest.mark.parametrize("seed", range(4))
def test_no_other_assignment_has_a_greater_sum(n_left: int, n_right: int, seed: int) -> None:
    """By going through all of them; directions in a plane, so that the nearest are fought over."""
    left, right = random_directions(n_left, 2, 2 * seed), random_directions(n_right, 2, 2 * seed + 1)
    cosine = left @ right.T if n_left <= n_right else right @ left.T
    best = max(
        sum(float(cosine[row, column]) for row, column in enumerate(one))
        for one in permutations(range(cosine.shape[1]), cosine.shape[0])
    )
    found = matching(left, right)
    assert float(found.cosine.sum()) == pytest.approx(best, abs=1e-5)
    assert len(found.left) == len(set(found.left.tolist())) == len(set(found.right.tolist())) == min(n_left, n_right)
    torch.testing.assert_close(found.cosine, (left @ right.T)[found.left, found.right])


def test_what_has_nothing_in_common_matches_as_chance_says() -> None:
    null = Null(torch.stack([chance(150, 150, 32, seed) for seed in range(4)]))
    found = matching(random_directions(150, 32, seed=901), random_directions(150, 32, seed=902))
    assert 0.2 < null.mean < 0.7
    assert null.spread is not None
    assert float(found.cosine.mean()) == pytest.approx(null.mean, abs=0.02)
    assert null.spread < 0.02


def test_chance_comes_nearer_with_more_features_and_fewer_dimensions() -> None:
    few, many, flat = (float(chance(*shape, seed=0).mean()) for shape in ((50, 50, 64), (200, 200, 64), (50, 50, 8)))
    assert few < many < flat


def test_a_draw_is_its_seed_and_no_two_are_alike() -> None:
    assert torch.equal(chance(20, 30, 8, seed=5), chance(20, 30, 8, seed=5))
    assert not torch.equal(chance(20, 30, 8, seed=5), chance(20, 30, 8, seed=6))
    torch.testing.assert_close(random_directions(20, 8, seed=0).norm(dim=-1), torch.ones(20))


def test_a_single_draw_has_no_spread() -> None:
    assert Null(torch.tensor([[0.1, 0.3]])).spread is None


def test_other_vectors_are_compared_along_the_same_pairs() -> None:
    left, right = random_directions(6, 4, seed=1), random_directions(6, 4, seed=2)
    pairs = Matching(torch.arange(6), torch.tensor([3, 1, 5, 0, 2, 4]), torch.zeros(6))
    one_by_one = [float(left[a] @ right[b]) for a, b in zip(range(6), pairs.right.tolist(), strict=True)]
    torch.testing.assert_close(paired_cosine(3 * left, right, pairs), torch.tensor(one_by_one))


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle() -> None:
    assert summary(torch.tensor([0.1, 0.9, 0.3, 0.5]))["median_cosine"] == pytest.approx(0.4)
    assert summary(torch.tensor([0.9, 0.1, 0.3]))["median_cosine"] == pytest.approx(0.3)


def test_too_many_pairs_are_refused_before_any_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CELLS", 99)
    with pytest.raises(TooLarge, match="10 features with 10 are 100 pairs; at most 99 are assigned"):
        matching(random_directions(10, 4, seed=0), random_directions(10, 4, seed=1))


# ── Parents ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("room", [1, 7, 1 << 24])
def test_kin_is_every_pair_above_the_threshold(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Whatever the size of the chunks."""
    monkeypatch.setattr(module, "ROOM", room)
    small, large = random_directions(9, 3, seed=1), random_directions(20, 3, seed=2)
    found = kin(2 * small, large, 0.6)
    table = small @ large.T
    pairs = {(a, b) for a in range(9) for b in range(20) if table[a, b] > 0.6}
    assert set(zip(found.small.tolist(), found.large.tolist(), strict=True)) == pairs
    torch.testing.assert_close(found.cosine, table[found.small, found.large])
    torch.testing.assert_close(found.nearest, table.amax(0))
    assert torch.equal(found.has_parent(), (table > 0.6).any(0))
    assert torch.equal(found.children(9), (table > 0.6).sum(1))
    order = list(zip(found.small.tolist(), (-found.cosine).tolist(), strict=True))
    assert order == sorted(order)


def test_a_feature_that_became_three_has_three_children() -> None:
    small = torch.eye(8)[:2]
    near = torch.eye(8)[0] + 0.3 * torch.eye(8)[2:5]
    found = kin(small, torch.cat([near, torch.eye(8)[6:7]]), 0.7)
    assert found.children(2).tolist() == [3, 0]
    assert found.has_parent().tolist() == [True, True, True, False]
