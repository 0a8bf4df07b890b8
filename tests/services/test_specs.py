from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microscope.errors import Invalid, NotFound
from microscope.services.specs import find_spec, flat, read_spec, with_fields


def test_parameters_are_the_same_beside_kind_and_below_parameters(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: train_sae\nseed: 3\nlayers: [1, 2]\n")
    (tmp_path / "b.yaml").write_text("kind: train_sae\nparameters:\n  seed: 3\n  layers: [1, 2]\n")
    assert read_spec(tmp_path / "a.yaml") == read_spec(tmp_path / "b.yaml")
    assert read_spec(tmp_path / "a.yaml") == {"kind": "train_sae", "seed": 3, "layers": [1, 2]}
    assert flat(flat({"kind": "a", "parameters": {"b": 1}})) == {"kind": "a", "b": 1}


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read"), (b"a: [", "is no YAML"), (b"\xff\xfe\xfd", "is no YAML"),
     (b"seed: 3", "names no kind"), (b"- kind", "names no kind"), (b"", "names no kind"),
     (b"kind: 3", "names no kind")],
)  # fmt: skip
def test_what_is_no_spec_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(Invalid, match=says):
        read_spec(tmp_path / "a.yaml")


def test_an_experiment_is_found_by_its_name_or_the_others_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there are: polysemanticity\.") as missing:
        find_spec("few", tmp_path)
    assert str(tmp_path / "experiments" / "few.yaml") in missing.value.next
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "few.yaml").write_text("kind: count")
    assert find_spec("few", tmp_path) == tmp_path / "experiments" / "few.yaml"
    with pytest.raises(NotFound, match="there are: few, polysemanticity"):
        find_spec("many", tmp_path)


def test_a_shipped_experiment_is_found_from_everywhere_and_ones_own_comes_first(tmp_path: Path) -> None:
    shipped = find_spec("polysemanticity", tmp_path)
    assert read_spec(shipped)["kind"] == "train_sae"
    own = tmp_path / "experiments" / "polysemanticity.yaml"
    own.parent.mkdir()
    own.write_text("kind: count")
    assert find_spec("polysemanticity", tmp_path) == own


@pytest.mark.parametrize(
    ("assignment", "changed"),
    [
        ("seed=3", {"kind": "a", "seed": 3, "sae": {"kind": "topk", "k": 4}}),
        ("parameters.seed=3", {"kind": "a", "seed": 3, "sae": {"kind": "topk", "k": 4}}),
        ("sae.k=8", {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 8}}),
        ("sae={kind: relu}", {"kind": "a", "seed": 1, "sae": {"kind": "relu"}}),
        ("seed.deep=x", {"kind": "a", "seed": {"deep": "x"}, "sae": {"kind": "topk", "k": 4}}),
        ("out=a=b", {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 4}, "out": "a=b"}),
        ("layers=[1, 2]", {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 4}, "layers": [1, 2]}),
        ("model=", {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 4}, "model": None}),
    ],
)
def test_fields_are_set_one_by_one(assignment: str, changed: dict[str, Any]) -> None:
    spec: dict[str, Any] = {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 4}}
    assert with_fields(spec, [assignment]) == changed
    assert spec == {"kind": "a", "seed": 1, "sae": {"kind": "topk", "k": 4}}
    assert with_fields(spec, []) == spec


@pytest.mark.parametrize("assignment", ["seed", "=3", " =3", "seed=[1"])
def test_what_sets_nothing_is_told(assignment: str) -> None:
    with pytest.raises(Invalid):
        with_fields({"kind": "a"}, [assignment])
