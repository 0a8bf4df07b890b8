"""AUROC against the plain count of pairs and SciPy's U; the search on numbers that are known."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import mannwhitneyu

from microscope.core.contrast import auroc, first_axis, parted, search, separation, shuffled

torch.manual_seed(0)


def sets(n: int = 61, columns: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers with many ties, and labels."""
    generator = torch.Generator().manual_seed(3)
    scores = torch.randint(0, 5, (n, columns), generator=generator).float()
    return scores, torch.rand(n, generator=generator) < 0.4


def test_auroc_counts_pairs_and_half_of_the_ties() -> None:
    scores, labels = sets()
    a, b = scores[labels], scores[~labels]
    pairs = (a[:, None] > b[None]).double() + 0.5 * (a[:, None] == b[None]).double()
    assert torch.allclose(auroc(scores, labels), pairs.mean((0, 1)), atol=1e-12)


def test_auroc_is_mann_and_whitneys_u() -> None:
    scores, labels = sets()
    n_pairs = int(labels.sum()) * int((~labels).sum())
    u = [mannwhitneyu(column[labels].numpy(), column[~labels].numpy()).statistic for column in scores.T]
    assert auroc(scores, labels).tolist() == pytest.approx([float(one) / n_pairs for one in u], abs=1e-12)


def test_what_tells_them_apart_scores_1_the_reverse_0_and_a_constant_one_half() -> None:
    labels = torch.tensor([True, True, False, False])
    scores = torch.stack([labels.float(), (~labels).float(), torch.ones(4)], 1)
    assert auroc(scores, labels).tolist() == [1, 0, 0.5]
    assert auroc(scores, torch.ones(4, dtype=torch.bool)).isnan().all()


def test_a_group_stays_in_one_part_and_a_seed_makes_the_same_parts() -> None:
    groups, labels = [*range(40), *range(40)], torch.arange(80) < 40
    parts = parted(groups, labels, 0.5, 0.25, 1)
    assert torch.equal(parts[:40], parts[40:])
    assert torch.bincount(parts).tolist() == [40, 20, 20]
    assert torch.equal(parts, parted(groups, labels, 0.5, 0.25, 1))
    assert not torch.equal(parts, parted(groups, labels, 0.5, 0.25, 2))


def test_every_part_has_its_share_of_both_sets() -> None:
    labels = torch.arange(100) < 8
    parts = parted(range(100), labels, 0.5, 0.25, 0)
    assert torch.bincount(parts[labels]).tolist() == [4, 2, 2]
    assert torch.bincount(parts[~labels]).tolist() == [46, 23, 23]


def test_the_search_finds_the_planted_column_and_shuffled_labels_score_chance() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(400) % 2 == 0
    scores = torch.randn(400, 300, generator=generator)
    scores[:, 17] += 3 * labels
    parts = parted(range(400), labels, 0.5, 0.25, 0)
    found = search(scores, labels, parts, candidates=10, choices=2)
    assert found.chosen[0] == 17
    assert found.test[0] > 0.95
    nulls = [search(scores, shuffled(labels, parts, seed), parts, 10, 1) for seed in range(20)]
    assert max(float(one.train.max()) for one in nulls) > 0.6
    assert abs(sum(float(one.test) for one in nulls) / 20 - 0.5) < 0.05


def test_of_columns_that_all_tell_them_apart_the_widest_apart_is_chosen_and_the_test_part_has_no_say() -> None:
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(24) % 2 == 0
    parts = torch.arange(24) // 8
    scores = torch.rand(24, 40, generator=generator) + 1.01 * labels[:, None]
    # As far apart as the others, but for a tenth of their spread: numbers of another unit do not win.
    scores[:, 23] = 0.001 * (0.1 * scores[:, 23] + labels)
    found = search(scores, labels, parts, candidates=5, choices=1)
    assert (found.train == 1).all()
    assert found.chosen.tolist() == [23]
    scores[parts == 2] = scores[parts == 2].flip(1)
    assert search(scores, labels, parts, candidates=5, choices=1).chosen.tolist() == [23]


def test_separation_is_the_distance_of_the_means_in_standard_deviations() -> None:
    scores, labels = sets()
    a, b = scores[labels].double(), scores[~labels].double()
    slow = [
        float((x.mean() - y.mean()) / ((x.pow(2).mean() - x.mean() ** 2 + y.pow(2).mean() - y.mean() ** 2) / 2).sqrt())
        for x, y in zip(a.T, b.T, strict=True)
    ]
    assert separation(scores, labels).tolist() == pytest.approx(slow)
    apart = torch.tensor([[1.0, 2.0], [1.0, 2.0], [0.0, 2.0], [0.0, 2.0]])
    assert separation(apart, torch.tensor([True, True, False, False])).tolist() == [float("inf"), 0.0]


def test_shuffling_keeps_the_sizes_of_both_sets_in_every_part() -> None:
    labels = torch.arange(90) % 3 == 0
    parts = parted(range(90), labels, 0.6, 0.2, 0)
    mixed = shuffled(labels, parts, 5)
    assert not torch.equal(mixed, labels)
    assert [int(mixed[parts == part].sum()) for part in range(3)] == [
        int(labels[parts == part].sum()) for part in range(3)
    ]


def test_the_first_axis_points_from_the_second_set_to_the_first() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(100) % 2 == 0
    rows = 0.1 * torch.randn(100, 6, generator=generator)
    rows[labels, 2] -= 4
    assert float(first_axis(rows, labels)[2]) < -0.99
