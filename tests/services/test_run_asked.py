from __future__ import annotations

from pathlib import Path

import pytest

from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.families import families, read_family
from microscope.families.record_activations import RecordActivations
from microscope.families.train_sae import TrainSae
from microscope.services.run_asked import MAX_CHARS, asked, fields_in_order

RECORDING = Path("/data/recordings/layers.parquet")


def test_a_line_has_what_differs_from_the_defaults_and_no_more() -> None:
    given = TrainSae(activations=(RECORDING,), architecture=TopK(k=64), seed=3, out=Path("/here/saes-2"), replace=True)
    assert set(asked(given).split(" · ")) == {
        "activations recordings/layers.parquet", "architecture topk, k 64", "out here/saes-2", "replace", "seed 3",
    }  # fmt: skip
    assert (
        asked(TrainSae(activations=(RECORDING,))) == "architecture topk, k 32 · activations recordings/layers.parquet"
    )


def test_what_a_family_adds_to_what_it_inherits_stands_first_and_places_last() -> None:
    line = asked(TrainSae(activations=(RECORDING,), architecture=Relu(), steps=5, learning_rate=3e-4, dtype="float16"))
    assert [said.split()[0] for said in line.split(" · ")] == [
        "architecture", "dtype", "steps", "learning_rate", "activations",
    ]  # fmt: skip
    assert "architecture relu · " in line
    assert "learning_rate 0.0003" in line


def test_long_lists_and_long_lines_are_cut() -> None:
    spec = RecordActivations(layers=tuple(range(12)), dataset="a\nb" * MAX_CHARS, resume=False)
    assert "layers 0, 1, 2, 3 and 8 more" in asked(spec)
    assert len(asked(spec)) == MAX_CHARS
    assert "\n" not in asked(spec)
    assert "no resume" in asked(spec.model_copy(update={"dataset": "bundled"}))


@pytest.mark.parametrize("kind", families())
def test_every_field_of_a_family_has_its_place_once(kind: str) -> None:
    order = fields_in_order(families()[kind])
    assert sorted(order) == sorted(families()[kind].model_fields)


def test_where_all_is_as_by_default_nothing_is_said() -> None:
    assert asked(read_family({"kind": "tuned_lens"})) == ""
