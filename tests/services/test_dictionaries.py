"""Dictionaries and the SAEs that they are of: under another name, of an earlier version, of one that is gone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import D_MODEL as D
from tests.services.conftest import OpenBench
from tests.services.dictionaries import generated, keep
from tests.services.test_feature_reading import read, shelved
from tests.services.test_saes import perfect, rough

from microscope.core.saes.base import Sae
from microscope.core.saes.identity import content_sha256, rule_sha256
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, NotFound
from microscope.services.dictionaries import Dictionaries
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.saes import Library
from microscope.wire.feature_readings import ColorByFeature, TryFeature
from microscope.wire.traces import NewTrace

N = 2 * D
"""Features of a perfect SAE."""


@pytest.fixture
def home(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "home")


@pytest.fixture
def dictionaries(home: Folder) -> Dictionaries:
    return Dictionaries(home, Library(home, shipped=()))


def put(home: Folder, slug: str, sae: Sae) -> None:
    write_sae(home.path(f"saes/{slug}"), sae)


def harvest(home: Folder, name: str, sae: Sae) -> None:
    keep(home, name, generated(sae.spec.d_sae), weights=content_sha256(sae.weights))


def test_a_dictionary_of_another_name_is_known_by_the_weights(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "one", rough(1))
    put(home, "two", rough(2))
    harvest(home, "mine", rough(2))
    assert dictionaries.sae_of("mine") == "two"
    assert dictionaries.meant("mine") == "two"
    assert dictionaries.of_saes(["one", "two"]) == {"two": "mine"}
    dictionaries.check("mine")
    with pytest.raises(NotFound, match="features of 'two' are called 'mine'"):
        dictionaries.check("two")


def test_the_same_tensors_by_another_rule_are_another_sae(home: Folder, dictionaries: Dictionaries) -> None:
    """Another k: other activations. A head that names no rule is taken at its word."""
    sae = rough(1)
    other = replace(sae, spec=sae.spec.model_copy(update={"architecture": TopK(k=2)}))
    put(home, "copy", other)
    keep(home, "one", generated(sae.spec.d_sae), weights=content_sha256(sae.weights), rule=rule_sha256(sae.spec))
    assert dictionaries.of_saes(["copy"]) == {}
    with pytest.raises(NotFound, match="is not here"):
        dictionaries.meant("one")
    put(home, "one", sae)
    assert dictionaries.of_saes(["copy", "one"]) == {"one": "one"}
    assert dictionaries.twins("copy") == ()
    shutil.rmtree(home.path("saes/one"))
    put(home, "one", other)
    with pytest.raises(Incompatible, match="earlier version"):
        dictionaries.check("one")
    harvest(home, "old", sae)
    assert dictionaries.of_saes(["copy"]) == {"copy": "old"}


def test_an_saes_own_name_goes_before_others(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "two", rough(2))
    harvest(home, "a", rough(2))
    harvest(home, "two", rough(2))
    assert dictionaries.of_saes(["two"]) == {"two": "two"}


def test_what_was_harvested_from_an_earlier_version_is_of_nobody(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "one", rough(1))
    harvest(home, "one", rough(1))
    dictionaries.check("one")
    shutil.rmtree(home.path("saes/one"))
    put(home, "one", rough(2))
    assert dictionaries.sae_of("one") == ""
    assert dictionaries.of_saes(["one"]) == {}
    assert dictionaries.meant("one") == "one"
    with pytest.raises(Incompatible, match="earlier version of this SAE") as told:
        dictionaries.check("one")
    assert told.value.next == "Harvest it again: microscope harvest one"
    harvest(home, "one", rough(2))
    dictionaries.check("one")


def test_the_old_version_under_a_new_name_has_its_features_again_as_soon_as_they_stand_under_it(
    home: Folder, dictionaries: Dictionaries
) -> None:
    """Under the name of an SAE that it is not of, a dictionary is shown to nobody."""
    put(home, "one", rough(2))
    put(home, "old", rough(1))
    harvest(home, "one", rough(1))
    assert dictionaries.of_saes(["one", "old"]) == {}
    home.path("features/one").rename(home.path("features/kept"))
    assert dictionaries.of_saes(["one", "old"]) == {"old": "kept"}


def test_without_its_sae_a_dictionary_is_shown_and_says_what_is_missing(
    home: Folder, dictionaries: Dictionaries
) -> None:
    harvest(home, "mine", rough(1))
    dictionaries.check("mine")
    assert dictionaries.sae_of("mine") == ""
    with pytest.raises(NotFound, match="that the features of 'mine' were harvested from is not here") as told:
        dictionaries.meant("mine")
    assert told.value.next.endswith("microscope import-sae /somewhere")
    assert dictionaries.meant("nobody") == "nobody"
    with pytest.raises(NotFound, match="no SAE 'nobody' here"):
        dictionaries.check("nobody")


def test_a_dictionary_that_names_no_weights_is_taken_at_its_word(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "one", rough(1))
    keep(home, "one", generated(96), weights="")
    dictionaries.check("one")
    assert dictionaries.sae_of("one") == "one"


@pytest.mark.anyio
async def test_a_text_is_tried_and_coloured_under_the_dictionarys_name(bench: OpenBench) -> None:
    async with bench() as it:
        _, readings = shelved(it, one=perfect())
        harvest(it.lab.folder, "mine", perfect())
        trace = await it.traces.create(NewTrace(text="The cat sat"))
        typed = [TryFeature(id=1, sae=sae, feature=3, text="The cat") for sae in ("one", "mine")]
        tries = [await readings.try_text(one) for one in typed]
        asked = [ColorByFeature(id=2, trace=trace.hash, sae=sae, feature=3) for sae in ("one", "mine")]
        colored = [await readings.color(one) for one in asked]
        panel = await read(it, readings)
    assert tries[0].activations == tries[1].activations
    assert tries[0].max == tries[1].max == generated(N)["max"][3]
    assert colored[0].activations == colored[1].activations
    assert [one.dictionary for one in (*colored, *panel.readings)] == ["mine"] * 3


@pytest.mark.anyio
async def test_nothing_of_an_earlier_version_reaches_a_tokens_panel(bench: OpenBench) -> None:
    async with bench() as it:
        _, readings = shelved(it, one=rough(2))
        harvest(it.lab.folder, "one", rough(1))
        trace = await it.traces.create(NewTrace(text="The cat sat"))
        panel = await read(it, readings)
        colored = await readings.color(ColorByFeature(id=1, trace=trace.hash, sae="one", feature=3))
        tried = await readings.try_text(TryFeature(id=2, sae="one", feature=3, text="The cat"))
    assert [one.dictionary for one in panel.readings] == [""]
    assert (colored.dictionary, colored.max, tried.max) == ("", 0, 0)


def test_the_features_of_an_sae_are_asked_for_by_its_former_name(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "old", rough(1))
    Library(home, shipped=()).list()
    home.path("saes/old").rename(home.path("saes/new"))
    with pytest.raises(NotFound, match="The SAE 'old' is called 'new' now") as told:
        dictionaries.check("old")
    assert told.value.next == "Open /features?sae=new"
    harvest(home, "mine", rough(1))
    with pytest.raises(NotFound) as told:
        dictionaries.check("old")
    assert told.value.next == "Open /features?sae=mine"


def test_a_former_name_never_shows_another_saes_features(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "old", rough(1))
    harvest(home, "old", rough(1))
    Library(home, shipped=()).list()
    home.path("saes/old").rename(home.path("saes/new"))
    assert dictionaries.sae_of("old") == "new"
    dictionaries.check("old")
    put(home, "old", rough(2))
    with pytest.raises(Incompatible, match="earlier version"):
        dictionaries.check("old")
    assert dictionaries.of_saes(["old", "new"]) == {}


def test_all_dictionaries_of_an_sae_are_told_its_own_name_first(home: Folder, dictionaries: Dictionaries) -> None:
    put(home, "two", rough(2))
    harvest(home, "a", rough(2))
    harvest(home, "b", rough(1))
    harvest(home, "two", rough(2))
    assert dictionaries.all_of("two") == ("two", "a")
    with pytest.raises(NotFound, match="no SAE 'nobody'"):
        dictionaries.all_of("nobody")
