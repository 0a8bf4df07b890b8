from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, Invalid, NotFound, TooLarge
from microscope.families import read_family, sae_stability
from microscope.families.base import Event, Progress, Reads, Rows
from microscope.families.sae_stability import SaeStability
from microscope.store.checkpoints import write_sae

from .synthetic import D_MODEL, DIRECTIONS, bench, record, result, sums


def keep(folder: Path, w_dec: torch.Tensor, dead: int = 0, **spec: Any) -> str:
    """An SAE whose encoder is its decoder turned, as text for a spec; the first `dead` features never fire."""
    n, d = w_dec.shape
    b_enc = torch.where(torch.arange(n) < dead, -1e6, 0.0)
    whole: dict[str, Any] = {"site": "L1.resid_post", "model_name": "tiny", "weights_sha256": "ab" * 32, **spec}
    sae = Sae(
        Spec(architecture=TopK(k=3), d_in=d, d_sae=n, d_out=d, **whole),
        {"W_enc": w_dec.T.contiguous(), "W_dec": w_dec, "b_enc": b_enc, "b_dec": torch.zeros(d)},
    )
    return str(write_sae(folder, sae))


def random_rows(n: int, seed: int, d: int = D_MODEL) -> torch.Tensor:
    rows = torch.randn(n, d, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(rows, dim=-1)


def table(events: Sequence[Event], name: str) -> dict[str, np.ndarray]:
    parts = [event.columns for event in events if isinstance(event, Rows) and event.table == name]
    return {column: np.concatenate([np.asarray(part[column]) for part in parts]) for column in parts[0]}


def run(tmp_path: Path, saes: Sequence[str], **given: Any) -> tuple[list[Event], dict[str, Any]]:
    events = list(SaeStability.model_validate({"saes": saes, **given}).run(bench(tmp_path)))
    return events, dict(result(events).metrics)


def test_a_shuffled_copy_is_as_stable_as_can_be(tmp_path: Path) -> None:
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    saes = [keep(tmp_path / "a", DIRECTIONS), keep(tmp_path / "b", DIRECTIONS[order])]
    events, metrics = run(tmp_path, saes)
    assert metrics["mean_cosine"] == pytest.approx(1, abs=1e-5)
    assert metrics["encoder_mean_cosine"] == pytest.approx(1, abs=1e-5)
    read = [one for event in events if isinstance(event, Reads) for one in event.data]
    assert read == saes
    matches = table(events, "matches")
    assert order[matches["other_feature"]].tolist() == matches["feature"].tolist() == list(range(24))
    assert metrics["null_mean"] < 0.7


def test_what_has_nothing_in_common_is_as_stable_as_chance(tmp_path: Path) -> None:
    """Every pair, in the curve, in both halves of the matrix and in the histogram."""
    saes = [keep(tmp_path / str(seed), random_rows(60, seed)) for seed in (5, 6, 7)]
    events, metrics = run(tmp_path, saes, n_null=5)
    assert metrics["mean_cosine"] == pytest.approx(metrics["null_mean"], abs=0.03)
    assert 0 < metrics["null_spread"] < 0.03
    assert [(pair["sae"], pair["other"]) for pair in metrics["pairs"]] == [
        (saes[0], saes[1]), (saes[0], saes[2]), (saes[1], saes[2]),
    ]  # fmt: skip
    mean = sum(pair["mean_cosine"] for pair in metrics["pairs"]) / 3
    assert metrics["mean_cosine"] == pytest.approx(mean, abs=1e-6)
    told = [event.metrics["mean_cosine"] for event in events if isinstance(event, Progress) and event.metrics]
    assert len(told) == 3
    assert told[-1] == metrics["mean_cosine"], "the curve ends where the result stands"
    matrix = table(events, "matrix")
    assert matrix["sae"].tolist() == np.repeat(["5", "6", "7"], 3).tolist()
    assert matrix["other"].tolist() == ["5", "6", "7"] * 3
    cosine = matrix["mean_cosine"].astype(float).reshape(3, 3)
    assert np.isnan(cosine.diagonal()).all()
    assert np.array_equal(cosine, cosine.T, equal_nan=True)
    assert cosine[1, 2] == metrics["pairs"][2]["mean_cosine"]
    shown = table(events, "histogram")
    for name in ("matched", "random directions"):
        assert shown["share"][shown["of"] == name].sum() == pytest.approx(1)


def test_live_features_are_those_that_fire_in_the_recording(tmp_path: Path) -> None:
    recording = record(tmp_path / "activations.parquet", sums(2_048))
    rows = torch.cat([random_rows(6, 3), DIRECTIONS])
    saes = [keep(tmp_path / "a", rows, dead=6), keep(tmp_path / "b", DIRECTIONS.flip(0))]
    events, metrics = run(tmp_path, saes, live_only=True, activations=recording)
    assert metrics["features"] == {saes[0]: 24, saes[1]: 24}
    assert metrics["mean_cosine"] == pytest.approx(1, abs=1e-5)
    matches = table(events, "matches")
    assert (matches["feature"] + matches["other_feature"]).tolist() == [29] * 24


def test_who_did_not_count_cannot_say_what_lives(tmp_path: Path) -> None:
    saes = [keep(tmp_path / "a", DIRECTIONS), keep(tmp_path / "b", DIRECTIONS)]
    with pytest.raises(NotFound, match=r"Nobody has counted which features of .*a live"):
        run(tmp_path, saes, live_only=True)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"site": "L2.resid_post"}, "reads the site L1.resid_post, .* reads the site L2.resid_post"),
        ({"weights_sha256": "cd" * 32}, "trained on the model abababababab, .* cdcdcdcdcdcd"),
        ({"weights_sha256": "", "model_name": "gpt2"}, "trained on the model tiny, .* gpt2"),
        ({"d": 16}, "reads d_in 24, .* reads d_in 16"),
    ],
)
def test_other_spaces_are_refused_before_anything_runs(tmp_path: Path, other: dict[str, Any], says: str) -> None:
    rows = random_rows(8, 1, other.pop("d", D_MODEL))
    saes = [keep(tmp_path / "a", DIRECTIONS), keep(tmp_path / "b", rows, **other)]
    lab = bench(tmp_path).lab
    with pytest.raises(Incompatible, match=says):
        SaeStability(saes=tuple(saes)).check(lab)


def test_the_same_files_twice_are_refused(tmp_path: Path) -> None:
    """Two trainings into one folder leave one SAE."""
    one = keep(tmp_path / "a", DIRECTIONS)
    with pytest.raises(Invalid, match="are the same files"):
        SaeStability(saes=(one, f"{tmp_path}/./a")).check(bench(tmp_path).lab)


def test_what_it_will_do_is_said_and_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saes = tuple(keep(tmp_path / name, DIRECTIONS) for name in "ab")
    lab = bench(tmp_path).lab
    (says,) = SaeStability(saes=saes).check(lab)
    assert "Matches 2 SAEs of L1.resid_post two by two, up to 24 with 24 features" in says
    monkeypatch.setattr("microscope.core.matching.MAX_CELLS", 100)
    with pytest.raises(TooLarge):
        SaeStability(saes=saes).check(lab)


def test_an_unknown_name_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no SAE 'nothing'"):
        SaeStability(saes=("nothing", "neither")).check(bench(tmp_path).lab)


def test_charts_draw_columns_that_are_there(tmp_path: Path) -> None:
    events, _ = run(tmp_path, [keep(tmp_path / "a", random_rows(8, 1)), keep(tmp_path / "b", random_rows(12, 2))])
    for chart in sae_stability.CHARTS:
        assert {chart.x, chart.y, chart.z} <= set(table(events, chart.table))
    heatmap = sae_stability.CHARTS[0]
    assert (heatmap.z_low, heatmap.z_high) == (0, 1), "colours of two runs are compared"
    assert isinstance(read_family({"kind": "sae_stability", "saes": ["a", "b"]}), SaeStability)
