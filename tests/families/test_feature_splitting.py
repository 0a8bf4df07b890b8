from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.errors import Invalid
from microscope.families import feature_splitting, read_family
from microscope.families.base import Event
from microscope.families.feature_splitting import FeatureSplitting

from .synthetic import D_MODEL, DIRECTIONS, bench, record, result, sums
from .test_sae_stability import keep, random_rows, table


def run(tmp_path: Path, **given: Any) -> tuple[list[Event], dict[str, Any]]:
    events = list(FeatureSplitting.model_validate(given).run(bench(tmp_path)))
    return events, dict(result(events).metrics)


def test_splits_are_counted_beside_chance(tmp_path: Path) -> None:
    """Of four features the first became three, the second stayed, the rest are gone; two are new."""
    axes = torch.eye(D_MODEL)
    split = axes[0] + 0.3 * axes[10:13]
    small = keep(tmp_path / "small", axes[:4])
    large = keep(tmp_path / "large", torch.cat([axes[20:21], split, 2 * axes[1:2], axes[21:22]]))
    events, metrics = run(tmp_path, small=small, large=large)
    assert (metrics["lost_share"], metrics["kept_share"], metrics["split_share"]) == (0.5, 0.25, 0.25)
    assert (metrics["most_children"], metrics["mean_children"]) == (3, 1)
    assert metrics["parent_share"] == pytest.approx(4 / 6)
    assert metrics["null_parent_share"] < 0.2
    edges = table(events, "edges")
    assert list(zip(edges["small"], edges["large"], strict=True)) == [(0, 1), (0, 2), (0, 3), (1, 4)]
    assert table(events, "small")["children"].tolist() == [3, 1, 0, 0]
    assert table(events, "large")["has_parent"].tolist() == [False, True, True, True, True, False]


def test_random_dictionaries_split_as_chance_says(tmp_path: Path) -> None:
    small, large = keep(tmp_path / "a", random_rows(100, 1)), keep(tmp_path / "b", random_rows(300, 2))
    _, metrics = run(tmp_path, small=small, large=large, threshold=0.5, n_null=5)
    assert metrics["parent_share"] == pytest.approx(metrics["null_parent_share"], abs=0.1)
    assert metrics["mean_nearest_cosine"] == pytest.approx(metrics["null_mean_nearest_cosine"], abs=0.03)


def test_live_features_only(tmp_path: Path) -> None:
    recording = record(tmp_path / "activations.parquet", sums(2_048))
    small = keep(tmp_path / "small", torch.cat([random_rows(2, 3), DIRECTIONS[:20]]), dead=2)
    large = keep(tmp_path / "large", DIRECTIONS)
    events, metrics = run(tmp_path, small=small, large=large, live_only=True, activations=recording, threshold=0.99)
    assert metrics["features"] == 20
    assert metrics["kept_share"] == 1
    assert table(events, "small")["feature"].tolist() == list(range(2, 22))
    edges = table(events, "edges")
    assert (edges["small"] - edges["large"]).tolist() == [2] * 20


def test_the_larger_one_first_is_refused(tmp_path: Path) -> None:
    small, large = keep(tmp_path / "a", DIRECTIONS[:5]), keep(tmp_path / "b", DIRECTIONS)
    lab = bench(tmp_path).lab
    assert "Looks among 24 features" in FeatureSplitting(small=small, large=large).check(lab)[0]
    with pytest.raises(Invalid, match=r"has 24 features, .* has 5"):
        FeatureSplitting(small=large, large=small).check(lab)


def test_charts_draw_columns_that_are_there(tmp_path: Path) -> None:
    small, large = keep(tmp_path / "a", DIRECTIONS[:5]), keep(tmp_path / "b", DIRECTIONS)
    events, _ = run(tmp_path, small=small, large=large)
    for chart in feature_splitting.CHARTS:
        assert {chart.x, chart.y, chart.z} <= set(table(events, chart.table))
    assert isinstance(read_family({"kind": "feature_splitting", "small": "a", "large": "b"}), FeatureSplitting)
