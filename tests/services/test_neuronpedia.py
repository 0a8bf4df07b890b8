"""Neuronpedia's shapes, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.services.dictionaries import example, generated, keep
from tests.services.test_feature_table import Desk, opened, shut

from microscope.errors import Incompatible, Invalid
from microscope.services.neuronpedia import Neuronpedia
from microscope.services.neuronpedia_files import Explanation, read
from microscope.store import labels as store
from microscope.wire.labels import NewLabel
from microscope.wire.neuronpedia import ExplanationsImported

PLACE = {"modelId": "tiny", "layer": "1-res", "index": 3}
ROW = {
    **PLACE, "id": "cl1", "index": "3", "description": "cats", "authorId": "a", "notes": None, "embedding": [0.1, 0.2],
    "triggeredById": None, "typeName": "oai_token-act-pair", "explanationModelName": "gpt-4o-mini",
}  # fmt: skip
PAGE: dict[str, Any] = {
    **PLACE, "index": "3", "vector": [], "frac_nonzero": 0.1, "activations": [{"tokens": ["a"], "values": [1.0]}],
    "explanations": [{"id": "cl1", "description": "cats", "typeName": "", "explanationModelName": "gpt-4o"}],
}  # fmt: skip
NEW = {"feature": {**PLACE, "explanation": "cats", "explanationModel": "gpt-4o"}}
AUTOINTERP = {**PLACE, "explanation": "cats", "creatorId": "a", "skipScore": True}
DASHBOARD = {
    "model_id": "tiny", "layer": 1, "sae_set": "res", "sae_id_suffix": None,
    "features": [{"feature_index": 3, "neuron_alignment_indices": [], "pos_str": ["a"], "pos_values": [1.0]}],
}  # fmt: skip
UPLOAD = {
    "modelId": "tiny", "source": "1-res",
    "features": [{"index": 3, "explanations": [{"text": "cats", "methodName": "np", "modelName": "gpt-4o"}]}],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = opened(tmp_path / "home")
    keep(desk.lab.folder, "mine", generated(200), [example(3, "top", 0, 2.0, "the cat sat")])
    yield desk
    shut(desk)


def take(desk: Desk, content: Any, sae: str = "mine") -> ExplanationsImported:
    return Neuronpedia(desk.lab, desk.features, desk.labels).take_in(sae, content)


@pytest.mark.parametrize(
    ("content", "author"),
    [
        (ROW, "gpt-4o-mini oai_token-act-pair"),
        (PAGE, "gpt-4o"),
        (NEW, "gpt-4o"),
        (AUTOINTERP, "neuronpedia"),
        (UPLOAD, "gpt-4o np"),
    ],
    ids=["row", "page", "new", "autointerp", "upload"],
)
def test_every_shape_of_an_explanation_is_read_once(desk: Desk, content: Any, author: str) -> None:
    assert take(desk, content).labels == 1
    (label,) = desk.labels.of("mine", 3)
    assert (label.text, label.kind, label.author) == ("cats", "model", author)
    again = take(desk, [content, content])
    assert (again.labels, again.known) == (0, 2)


def test_a_dashboards_batch_is_understood_and_says_nothing(desk: Desk) -> None:
    done = take(desk, DASHBOARD)
    assert (done.labels, done.silent, done.elsewhere) == (0, 1, 0)
    (found,) = read(DASHBOARD)
    assert (found.model, found.source, found.feature, found.explanations) == ("tiny", "1-res", 3, ())


def test_lines_of_a_bulk_export_are_read_one_after_the_other(desk: Desk) -> None:
    rows = [{**ROW, "index": str(index), "description": f"label {index}"} for index in (0, 1, 199, 200)]
    done = take(desk, rows)
    assert (done.labels, done.skipped) == (3, 1)
    assert desk.labels.of("mine", 199)[0].text == "label 199"


def test_an_explanation_without_a_word_is_passed_over_and_blocks_nothing(desk: Desk) -> None:
    blank = [{**ROW, "description": text} for text in ("  ", "", "\n\u2003")]
    done = take(desk, [*blank, {**PAGE, "explanations": [*PAGE["explanations"], {"description": " \t"}]}])
    assert (done.labels, done.blank, done.silent) == (1, 4, 0)
    assert [one.text for one in desk.labels.of("mine", 3)] == ["cats"]


def test_one_that_is_too_long_is_named_and_the_others_come_in(desk: Desk) -> None:
    done = take(desk, [{**ROW, "description": "x" * 513}, {**ROW, "index": 4, "description": "y " * 256}])
    assert [(one.feature, one.characters) for one in done.long] == [(3, 513)]
    assert (done.labels, done.silent) == (1, 0)
    assert len(desk.labels.of("mine", 4)[0].text) == 511
    assert desk.labels.of("mine", 3) == ()


def test_what_says_nothing_is_not_given_out(desk: Desk) -> None:
    """A label that was taken back, and one that a version before this let in."""
    label = desk.labels.add("mine", 3, NewLabel(text="cats", author="Ann"))
    desk.labels.withdraw(label.id)
    store.add(desk.lab.database, desk.labels.owner("mine"), [store.Saying(3, "label", "model", "gpt", "")])
    (feature,) = Neuronpedia(desk.lab, desk.features, desk.labels).batch("mine", [3]).features
    assert feature.explanations == ()


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"modelId": "gemma-2-2b"}, "The file is of gemma-2-2b, 1-res; these features are of tiny, 1-mine."),
        ({"layer": "7-res"}, "The file is of tiny, 7-res; these features are of tiny, 1-mine."),
        ({"layer": "1-yours"}, "The file is of tiny, 1-yours; these features are of tiny, 1-mine."),
        ({"layer": "res-jb"}, "The file is of tiny, res-jb"),
    ],
)
def test_what_is_of_another_place_is_refused(desk: Desk, other: dict[str, Any], says: str) -> None:
    keep(desk.lab.folder, "yours", generated(200), weights="ef" * 32)
    with pytest.raises(Incompatible) as told:
        take(desk, {**ROW, **other})
    assert says in told.value.error
    assert desk.labels.of("mine", 3) == ()
    both = take(desk, [ROW, {**ROW, **other}])
    assert (both.labels, both.elsewhere) == (1, 1)


@pytest.mark.parametrize("content", ["text", 3, [[None]], {"index": "x"}, {"features": [3]}, {"modelId": "tiny"}, {}])
def test_what_is_none_of_the_shapes_is_said(desk: Desk, content: Any) -> None:
    with pytest.raises(Invalid):
        take(desk, content)


def test_what_is_given_out_adds_nothing_when_it_comes_back(desk: Desk, tmp_path: Path) -> None:
    """Whoever said it; and elsewhere it becomes what can be given out and taken in again."""
    desk.labels.add("mine", 3, NewLabel(text="cats", author="Ann"))
    owner = desk.labels.owner("mine")
    store.add(desk.lab.database, owner, [store.Saying(3, "label", "heuristic", "tokens", 'on "cat"')])
    store.add(desk.lab.database, owner, [store.Saying(3, "label", "model", "gpt", "felines")])
    pedia = Neuronpedia(desk.lab, desk.features, desk.labels)
    batch = pedia.batch("mine", [3]).model_dump(mode="json")
    done = take(desk, batch)
    assert (done.labels, done.known) == (0, 3)
    elsewhere = opened(tmp_path / "elsewhere")
    try:
        keep(elsewhere.lab.folder, "mine", generated(200), [example(3, "top", 0, 2.0, "the cat sat")])
        assert take(elsewhere, batch).labels == 3
        kinds = {(one.kind, one.author) for one in elsewhere.labels.of("mine", 3)}
        assert kinds == {("model", "Ann human"), ("heuristic", "tokens"), ("model", "gpt")}
        back = (
            Neuronpedia(elsewhere.lab, elsewhere.features, elsewhere.labels).batch("mine", [3]).model_dump(mode="json")
        )
        assert take(elsewhere, back).labels == 0
        fresh = [Explanation(*one) for one in (("cats", "model", "Ann human"),)]
        assert {one for found in read(back) for one in found.explanations} >= set(fresh)
    finally:
        shut(elsewhere)


def test_what_a_person_said_stands_first_however_late_anything_comes_in(desk: Desk) -> None:
    desk.labels.add("mine", 3, NewLabel(text="mine", author="Ann"))
    desk.labels.add("mine", 3, NewLabel(what="note", text="a note"))
    take(desk, UPLOAD)
    desk.labels.add("mine", 3, NewLabel(text="newer", author="Bob"))
    take(desk, {**ROW, "typeName": "heuristic"})
    assert [one.text for one in desk.labels.of("mine", 3)] == ["newer", "mine", "cats", "cats", "a note"]
    assert [one.kind for one in desk.features.feature("mine", 3).labels][:4] == ["human", "human", "model", "heuristic"]


def test_features_without_an_example_are_left_out(desk: Desk) -> None:
    pedia = Neuronpedia(desk.lab, desk.features, desk.labels)
    assert [one.index for one in pedia.batch("mine", [3, 4]).features] == [3]
    with pytest.raises(Invalid, match=r"Of 1 features \(4\) none has an example"):
        pedia.batch("mine", [4])
