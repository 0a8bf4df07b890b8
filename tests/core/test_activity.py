"""One pass over firings against the dense table of all activations."""

import math

import pytest
import torch
from torch import Tensor

from microscope.core.activity import BINS, Activity, bins_of, edges, firings, joined
from microscope.core.examples import HALF_MAX, Batch, Best, bands_of, by_activation, by_lot

CONTEXT = 3


def some_activations(rows: int, features: int, seed: int = 0) -> Tensor:
    """About one in eight fires; values repeat, so that ties are met."""
    draw = torch.Generator().manual_seed(seed)
    values = torch.randint(1, 40, (rows, features), generator=draw) / 8
    return values * (torch.rand(rows, features, generator=draw) < 0.125)


def batches(acts: Tensor, document: Tensor, cuts: list[int]) -> list[Batch]:
    made: list[Batch] = []
    for start, end in zip([0, *cuts], [*cuts, len(acts)], strict=True):
        made.append(Batch(firings(acts[start:end]).by_feature(acts.shape[1]), document[start:end], start))
    return made


DOCUMENT = torch.arange(12).repeat_interleave(torch.tensor([5, 9, 1, 14, 7, 3, 20, 2, 8, 11, 6, 14]))
CUTS = [29, 36, 59]
"""Between documents."""


def around(acts: Tensor, row: int, feature: int) -> list[float]:
    """The window in the obvious way."""
    return [
        float(acts[at, feature].clamp(max=HALF_MAX).half())
        if 0 <= at < len(acts) and DOCUMENT[at] == DOCUMENT[row]
        else 0.0
        for at in range(row - CONTEXT, row + CONTEXT + 1)
    ]


def test_statistics_are_those_of_the_dense_table() -> None:
    acts = some_activations(100, 9)
    activity = Activity(9)
    for start in (0, 30, 31):
        part = acts[start : {0: 30, 30: 31, 31: 100}[start]]
        activity.add(firings(part), len(part))
    assert activity.count.tolist() == (acts > 0).sum(0).tolist()
    assert torch.equal(activity.max, acts.max(0).values)
    assert torch.equal(activity.mean, acts.double().sum(0) / (acts > 0).sum(0))
    assert torch.equal(activity.density, (acts > 0).double().mean(0))
    assert torch.equal(activity.histogram.sum(1).long(), activity.count)


def test_a_histogram_counts_what_lies_between_its_edges() -> None:
    values = torch.tensor([2.0**-20, 2.0**-16, 0.3, 1.0, 1.19, 1.1893, 7.5, 2.0**20])
    activity = Activity(1)
    activity.add(firings(values[:, None]), len(values))
    bounds = edges()
    for bin in range(BINS):
        low = -math.inf if bin == 0 else bounds[bin]
        high = math.inf if bin == BINS - 1 else bounds[bin + 1]
        assert activity.histogram[0, bin] == sum(low <= value < high for value in values.tolist())


def test_parts_of_a_batch_are_joined_in_order() -> None:
    acts = some_activations(40, 5)
    whole, parts = firings(acts), joined([firings(acts[:13]), firings(acts[13:], 13)])
    assert all(torch.equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_firings_stand_by_feature_and_then_by_row() -> None:
    found = firings(some_activations(40, 300))
    order = (found.feature * 40 + found.row).argsort()
    for column, expected in zip(found.by_feature(300), found, strict=True):
        assert torch.equal(column, expected[order])
    assert [len(column) for column in firings(torch.zeros(3, 5)).by_feature(5)] == [0, 0, 0]


def test_the_top_firings_are_those_of_a_full_sort() -> None:
    acts = some_activations(100, 9)
    best = Best(9, 6, CONTEXT, per_document=False)
    for batch in batches(acts, DOCUMENT, CUTS):
        best.offer(batch, by_activation(batch.found.value))
    for feature in range(9):
        rows = [row for row in range(100) if acts[row, feature] > 0]
        expected = sorted(rows, key=lambda row: (-float(acts[row, feature]), row))[:6]
        assert best.row[feature, : len(expected)].tolist() == expected
        assert best.row[feature, len(expected) :].tolist() == [-1] * (6 - len(expected))
        for place, row in enumerate(expected):
            assert best.value[feature, place] == acts[row, feature]
            assert best.window(torch.tensor([feature]), torch.tensor([place]))[0].tolist() == around(acts, row, feature)


def test_one_per_document_is_the_best_of_each() -> None:
    acts = some_activations(100, 9, seed=1)
    best = Best(9, 4, CONTEXT, per_document=True)
    for batch in batches(acts, DOCUMENT, CUTS):
        best.offer(batch, by_activation(batch.found.value))
    for feature in range(9):
        firsts: dict[int, int] = {}
        for row in sorted(range(100), key=lambda row: (-float(acts[row, feature]), row)):
            if acts[row, feature] > 0:
                firsts.setdefault(int(DOCUMENT[row]), row)
        expected = list(firsts.values())[:4]
        assert best.row[feature, : len(expected)].tolist() == expected
        assert best.document[feature, : len(expected)].tolist() == [int(DOCUMENT[row]) for row in expected]


def test_only_what_is_asked_for_is_kept() -> None:
    acts = some_activations(100, 3)
    best = Best(3, 100, CONTEXT, per_document=False)
    for batch in batches(acts, DOCUMENT, CUTS):
        odd = batch.document[batch.found.row] % 2 == 1
        best.offer(batch, by_activation(batch.found.value), odd)
    kept = best.row[best.row >= 0]
    assert len(kept) == int((acts[DOCUMENT % 2 == 1] > 0).sum())
    assert bool((DOCUMENT[kept] % 2 == 1).all())


def test_a_sample_drawn_by_lot_does_not_depend_on_the_batches() -> None:
    acts = some_activations(100, 5, seed=2)

    def sample(cuts: list[int], seed: int) -> Tensor:
        best = Best(5, 4, CONTEXT, per_document=False)
        for batch in batches(acts, DOCUMENT, cuts):
            best.offer(batch, by_lot(batch.found.feature, batch.found.row + batch.first, seed))
        return best.row

    assert torch.equal(sample(CUTS, 7), sample([], 7))
    assert not torch.equal(sample(CUTS, 7), sample(CUTS, 8))


def test_lots_are_fair() -> None:
    """Every firing is as likely to be drawn: over many seeds each of 50 rows is kept about as often."""
    acts = torch.ones(50, 1)
    drawn = torch.zeros(50)
    for seed in range(400):
        best = Best(1, 5, CONTEXT, per_document=False)
        (batch,) = batches(acts, torch.zeros(50, dtype=torch.long), [])
        best.offer(batch, by_lot(batch.found.feature, batch.found.row, seed))
        drawn[best.row[0]] += 1
    chi2 = ((drawn - 40) ** 2 / 36).sum()  # Variance of a draw: 400 · 0.1 · 0.9.
    assert chi2 < 90  # 49 degrees of freedom: exceeded once in 3,000.


def test_a_lot_is_splitmix_of_seed_feature_and_row() -> None:
    def obvious(feature: int, row: int, seed: int) -> int:
        x = row * 0x9E3779B97F4A7C15 + feature * 0xD1B54A32D192ED03 + (seed + 1) * 0xA0761D6478BD642F
        x %= 2**64
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
        return (x ^ (x >> 31)) >> 33

    feature, row = torch.tensor([0, 1, 65_535, 3]), torch.tensor([0, 5, 2**40, 10**9])
    expected = [obvious(int(f), int(r), 11) for f, r in zip(feature, row, strict=True)]
    assert by_lot(feature, row, 11).tolist() == expected


def histograms(value: Tensor) -> Tensor:
    """Of rows of activations, 0 being none."""
    return torch.stack([bins_of(row[row > 0]).bincount(minlength=BINS) for row in value]).int()


def test_a_sample_of_all_firings_is_parted_by_their_ranks() -> None:
    value = torch.tensor([[5.0, 1.0, 4.0, 2.0, 3.0, 8.0, 7.0, 6.0], [3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    there = value > 0
    bands = bands_of(value, there, histograms(value))
    assert bands.quarter.tolist() == [[2, 0, 1, 0, 1, 3, 3, 2], [2, 0, -1, -1, -1, -1, -1, -1]]
    assert torch.equal(bands.sure, there)


@pytest.mark.parametrize("spread", [0.05, 0.3, 1.5])
def test_what_is_surely_in_a_quarter_is_in_it(spread: float) -> None:
    """However narrow the distribution; what is not sure is off by less than its bin."""
    draw = torch.Generator().manual_seed(0)
    everything = (3 + spread * torch.randn(50, 5_000, generator=draw)).exp2()
    picks = torch.stack([torch.randperm(5_000, generator=draw)[:40] for _ in everything])
    true = 4 * everything.argsort(-1).argsort(-1).gather(1, picks) // 5_000
    value = everything.gather(1, picks)
    bands = bands_of(value, torch.ones_like(value, dtype=torch.bool), histograms(everything))
    assert torch.equal(bands.quarter[bands.sure], true[bands.sure])
    cuts = everything.quantile(torch.tensor([0.25, 0.5, 0.75]), dim=-1).T
    wrong = bands.quarter != true
    nearest = (bins_of(value)[:, :, None] - bins_of(cuts)[:, None]).abs().amin(-1)
    assert nearest[wrong].eq(0).all()
    assert bands.sure.float().mean() >= {0.05: 0.0, 0.3: 0.1, 1.5: 0.6}[spread]


def test_memory_does_not_grow_with_the_text() -> None:
    activity, best = Activity(32), Best(32, 5, CONTEXT, per_document=True)
    sizes: set[int] = set()
    for seed in range(5):
        acts = some_activations(100, 32, seed)
        for batch in batches(acts, DOCUMENT, CUTS):
            activity.add(batch.found, len(batch.document))
            best.offer(batch, by_activation(batch.found.value))
        sizes.add(activity.n_bytes + best.n_bytes)
    assert len(sizes) == 1
