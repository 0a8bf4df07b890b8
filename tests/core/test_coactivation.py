"""Sparse counts against products of dense tables."""

import math

import pytest
import torch
from tests.core.test_activity import some_activations

from microscope.core import coactivation
from microscope.core.activity import firings
from microscope.core.coactivation import cofiring, lift, pairs
from microscope.core.counting import KeyCounts


@pytest.mark.parametrize("most", [1, 20, coactivation.MOST_PAIRS])
def test_pairs_are_the_upper_triangle_of_a_dense_product(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In pieces of whatever size."""
    monkeypatch.setattr(coactivation, "MOST_PAIRS", most)
    acts = some_activations(80, 11)
    fires = (acts > 0).double()
    keys = torch.cat(list(pairs(firings(acts), 11)))
    dense = keys.bincount(minlength=11 * 11).view(11, 11).double()
    assert torch.equal(dense, (fires.T @ fires).triu(1))


def test_pairs_come_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coactivation, "MOST_PAIRS", 20)
    acts = some_activations(80, 11)
    per_row = [n * (n - 1) // 2 for n in (acts > 0).sum(1).tolist()]
    lengths = [len(piece) for piece in pairs(firings(acts), 11)]
    assert len(lengths) > 2
    assert sum(lengths) == sum(per_row)
    assert max(lengths) <= 20 + max(per_row)


def test_rows_without_firings_have_no_pairs() -> None:
    assert list(pairs(firings(torch.zeros(3, 4)), 4)) == []
    (piece,) = pairs(firings(torch.tensor([[1.0, 0, 0], [0, 0, 0], [1, 0, 2]])), 3)
    assert piece.tolist() == [2]


def test_jaccard_and_pmi_are_those_of_the_dense_table() -> None:
    acts = some_activations(200, 7)
    fires = acts > 0
    counts = KeyCounts(1_000)
    for keys in pairs(firings(acts), 7):
        counts.add(keys)
    found = cofiring(*counts.counted(), single=fires.sum(0), rows=200, least=3)
    seen = 0
    for a in range(7):
        for b in range(7):
            both = int((fires[:, a] & fires[:, b]).sum())
            if a == b or both < 3:
                continue
            at = ((found.feature == a) & (found.other == b)).nonzero()[:, 0]
            assert len(at) == 1
            either = int((fires[:, a] | fires[:, b]).sum())
            p_a, p_b = float(fires[:, a].double().mean()), float(fires[:, b].double().mean())
            assert found.together[at] == both
            assert math.isclose(found.jaccard[at], both / either)
            assert math.isclose(found.pmi[at], math.log(both / 200 / (p_a * p_b)), abs_tol=1e-12)
            seen += 1
    assert seen == len(found.feature) > 10
    assert found.feature.tolist() == sorted(found.feature.tolist())


def test_lift_is_how_much_likelier_a_token_is_where_the_feature_fires() -> None:
    draw = torch.Generator().manual_seed(3)
    acts, ids = some_activations(300, 5), torch.randint(0, 6, (300,), generator=draw)
    found = firings(acts)
    counts = KeyCounts(1_000)
    counts.add(found.feature * 6 + ids[found.row])
    fires = (acts > 0).sum(0)
    result = lift(*counts.counted(), fires=fires, tokens=ids.bincount(minlength=6), least=2)
    expected: dict[tuple[int, int], float] = {}
    for feature in range(5):
        for token in range(6):
            on = float((acts[ids == token, feature] > 0).double().mean())
            both = int((acts[ids == token, feature] > 0).sum())
            base = float((acts[:, feature] > 0).double().mean())
            if both >= 2 and on > base:
                expected[feature, token] = on / base
    got = dict(zip(zip(result.feature.tolist(), result.token.tolist(), strict=True), result.lift.tolist(), strict=True))
    assert got.keys() == expected.keys()
    assert all(math.isclose(got[key], expected[key]) for key in expected)
