from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.families.synthetic import record, sums

from microscope.errors import Invalid, TooLarge
from microscope.families.train_sae import TrainSae
from microscope.services import sweep_children
from microscope.services.sweep_children import Axis, Standing, read_axis
from microscope.services.sweeps import SWEPT, children_of, read_sweep, write_sweep
from microscope.settings import Settings


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(
        "kind: train_sae\nparameters:\n  activations: [a.parquet]\n  architecture: {kind: topk}\n"
        "  out: saes\n  seed: 7\n"
    )
    return path


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", device="cpu")


def test_an_axis_is_read_as_yaml() -> None:
    assert read_axis("parameters.seed=1,2") == Axis("seed", (1, 2))
    assert read_axis("architecture.k = 16, 32") == Axis("architecture.k", (16, 32))
    assert read_axis("site=L1.mlp_out,'2'").values == ("L1.mlp_out", "2")
    assert read_axis("layers=[1, 2],[3]").values == ([1, 2], [3])
    with pytest.raises(Invalid, match="is no axis"):
        read_axis("seed=")


def test_children_are_all_combinations(home: Settings, base: Path) -> None:
    found = children_of(home, base, [Axis("seed", (1, 2)), Axis("architecture.k", (8, 16, 32))])
    pairs = [(child.at["seed"], child.at["architecture.k"]) for child in found]
    assert pairs == [(seed, k) for seed in (1, 2) for k in (8, 16, 32)]
    assert len({child.hash for child in found}) == len({child.name for child in found}) == 6


def test_a_child_is_named_by_its_content_and_not_by_its_sweep(home: Settings, base: Path) -> None:
    (one,) = children_of(home, base, [Axis("seed", (2,))])
    _, same = children_of(home, base, [Axis("seed", (1, 2))])
    assert (one.name, one.hash) == (same.name, same.hash)
    assert one.name == f"train-sae-{one.hash[:10]}"
    base.write_text(f"{base.read_text()}  steps: 2000\n")  # The default, written out.
    assert children_of(home, base, [Axis("seed", (2,))])[0].hash == one.hash


def test_a_child_is_another_one_over_another_recording_of_the_same_name(
    home: Settings, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: list[str] = []
    for n_rows in (256, 512, 256):
        if (tmp_path / "a.parquet").exists():
            shutil.rmtree(tmp_path / "a.parquet")
        record(tmp_path / "a.parquet", sums(n_rows))
        names.append(children_of(home, base, [Axis("seed", (1,))])[0].name)
    assert names[0] == names[2] != names[1]


def test_a_child_is_another_one_elsewhere(
    home: Settings, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: set[str] = set()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        names |= {child.name for child in children_of(home, base, [Axis("seed", (1,))])}
    assert len(names) == 2


def test_children_that_share_a_folder_get_their_own(home: Settings, base: Path) -> None:
    shared = children_of(home, base, [Axis("seed", (1, 2))])
    assert [child.family.model_dump()["out"] for child in shared] == [Path("saes") / child.name for child in shared]
    apart = children_of(home, base, [Axis("out", ("a", "b"))])
    assert [child.family.model_dump()["out"] for child in apart] == [Path("a"), Path("b")]
    base.write_text(base.read_text().replace("out: saes", "out: null"))
    nowhere = children_of(home, base, [Axis("seed", (1, 2))])
    assert [child.family.model_dump()["out"] for child in nowhere] == [SWEPT / child.name for child in nowhere]


def test_a_child_runs_with_paths_that_hold_anywhere(
    home: Settings, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(base.parent)
    (child,) = children_of(home, base, [Axis("seed", (1,))])
    run = child.run
    assert isinstance(run, TrainSae)
    assert (run.activations, run.out) == ((base.parent / "a.parquet",), base.parent / "saes")


def test_a_file_lists_what_was_swept_and_is_written_again(home: Settings, base: Path, tmp_path: Path) -> None:
    axes = [Axis("seed", (1, 2))]
    found = children_of(home, base, axes)
    output = tmp_path / "sweeps" / "seeds.yaml"
    write_sweep(output, base, axes, found, {})
    write_sweep(output, base, axes, found, {found[1].name: Standing("a-run", "succeeded")})
    assert [(child.name, child.run) for child in read_sweep(output).children] == [
        (found[0].name, None),
        (found[1].name, "a-run"),
    ]


def test_too_many_axes_and_combinations_are_refused(
    home: Settings, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="2 axes seed"):
        children_of(home, base, [Axis("seed", (1,)), Axis("seed", (2,))])
    with pytest.raises(Invalid, match="an axis at least"):
        children_of(home, base, [])
    monkeypatch.setattr(sweep_children, "MAX_CHILDREN", 3)
    with pytest.raises(TooLarge, match="4 combinations"):
        children_of(home, base, [Axis("seed", (1, 2)), Axis("steps", (1, 2))])
