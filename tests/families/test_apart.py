from __future__ import annotations

from pathlib import Path

from tests.families.synthetic import bench

from microscope.families._apart import differing, told_apart
from microscope.families._compared import Meant


def test_what_differs_is_named_and_nothing_else() -> None:
    one = {"kind": "train_sae", "seed": 1, "architecture.k": 16, "steps": 5}
    assert differing([one, {**one, "seed": 2}]) == ["seed=1", "seed=2"]
    assert differing([one, {**one, "architecture.k": 32, "seed": 3}]) == [
        "seed=1, architecture.k=16",
        "seed=3, architecture.k=32",
    ]


def test_without_runs_names_lose_what_all_begin_with(tmp_path: Path) -> None:
    lab = bench(tmp_path).lab

    def apart(*names: str) -> list[str]:
        return list(told_apart(lab, [Meant(name, Path(name), "") for name in names]).values())

    assert apart("/saes/a-1/sae_layer_3", "/saes/a-2/sae_layer_3") == ["1/sae_layer_3", "2/sae_layer_3"]
    assert apart("sae_layer_3", "sae_layer_3-12284c") == ["3", "3-12284c"]
    assert apart("one", "two") == ["one", "two"]
