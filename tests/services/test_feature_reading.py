"""Features of a text in the SAEs of the library: which are loaded for it, which have no room, which are of others."""

from __future__ import annotations

import struct

import pytest
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench
from tests.services.test_saes import perfect, rough

from microscope.core.saes.base import Sae
from microscope.services.dictionaries import Dictionaries
from microscope.services.feature_reading import FeatureReadings
from microscope.services.features import Features
from microscope.services.labels import Labels
from microscope.services.saes import Saes
from microscope.store.checkpoints import write_sae
from microscope.store.saes import Library
from microscope.wire.feature_readings import ColorByFeature, PositionFeatures, ReadFeatures
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

PERFECT_BYTES = 4 * (2 * D * (2 * D + 1) + D)


def shelved(it: Bench, **saes: Sae) -> tuple[Saes, FeatureReadings]:
    """These in the library, none of them in memory, and no dictionary of any."""
    for slug, sae in saes.items():
        write_sae(it.lab.folder.path(f"saes/{slug}"), sae)
    kept = Saes(it.lab, it.models, Library(it.lab.folder, shipped=()))
    labels = Labels(it.lab)
    dictionaries = Dictionaries(it.lab.folder, kept.library)
    features = Features(it.lab, it.models, labels, dictionaries)
    return kept, FeatureReadings(it.lab, it.models, kept, it.conversations, it.traces, features, labels, dictionaries)


async def read(it: Bench, readings: FeatureReadings) -> PositionFeatures:
    trace = await it.traces.create(NewTrace(text="The cat sat"))
    return await readings.read(ReadFeatures(id=1, trace=trace.hash, position=2))


async def test_all_that_fit_are_loaded_when_they_are_asked_for(bench: OpenBench) -> None:
    async with bench() as it:
        saes, readings = shelved(
            it,
            one=perfect(),
            two=rough(site="L0.mlp_out"),
            deep=rough(site="L9.resid_post"),
            other=rough(model_name="another"),
        )
        assert not any(one.resident for one in (await saes.list()).items)
        answer = await read(it, readings)
        assert {one.slug: one.resident for one in (await saes.list()).items} == {
            "one": True, "two": True, "deep": False, "other": False,
        }  # fmt: skip
    assert [(one.sae, one.site) for one in answer.readings] == [("two", "L0.mlp_out"), ("one", "L1.resid_post")]
    assert [one.l0 for one in answer.readings] == [7, D]
    assert answer.left_out == ()
    assert [one.dictionary for one in answer.readings] == ["", ""]
    assert {feature.label for one in answer.readings for feature in one.features} == {""}


async def test_what_has_no_room_is_named_and_the_next_click_reads_the_same(bench: OpenBench) -> None:
    async with bench(sae_budget_bytes=2 * PERFECT_BYTES - 1) as it:
        saes, readings = shelved(it, a=perfect(), b=perfect())
        await saes.load("b")
        for _ in range(2):
            answer = await read(it, readings)
            assert [one.sae for one in answer.readings] == ["b"]
            ((slug, says),) = [(one.sae, one.says) for one in answer.left_out]
            assert slug == "a"
            assert "MICROSCOPE_SAE_BUDGET_BYTES" in says


async def test_one_whose_numbers_are_spoiled_leaves_the_others_readable(bench: OpenBench) -> None:
    """Its header fits, so that it is known only once its tensors are read."""
    async with bench() as it:
        _, readings = shelved(it, spoiled=perfect(), whole=perfect())
        file = it.lab.folder.path("saes/spoiled/sae_weights.safetensors")
        content = bytearray(file.read_bytes())
        middle = len(content) // 8 * 4
        content[middle : middle + 4] = struct.pack("<f", float("inf"))
        file.write_bytes(content)
        answer = await read(it, readings)
    assert [one.sae for one in answer.readings] == ["whole"]
    ((slug, says),) = [(one.sae, one.says) for one in answer.left_out]
    assert slug == "spoiled"
    assert "finite" in says


async def test_a_text_that_goes_on_changes_nothing_of_what_was_read(bench: OpenBench) -> None:
    async with bench() as it:
        _, readings = shelved(it, one=rough())
        ids = (await it.traces.create(NewTrace(text="The cat sat on the mat and the dog ran"))).ids
        short, long = [await it.traces.create(NewTrace(ids=some)) for some in (ids[:6], ids)]
        for position in range(6):
            asked = [ReadFeatures(id=1, trace=trace.hash, position=position) for trace in (short, long)]
            (before,), (after,) = [(await readings.read(one)).readings for one in asked]
            assert (before.fvu is None) == (position < 2)
            assert after.fvu == (before.fvu and pytest.approx(before.fvu, rel=1e-4))
            assert after.error_norm == pytest.approx(before.error_norm, rel=1e-4)


async def test_a_text_is_coloured_by_an_sae_that_was_not_in_memory(bench: OpenBench) -> None:
    async with bench() as it:
        _, readings = shelved(it, one=perfect())
        trace = await it.traces.create(NewTrace(text="The cat sat"))
        first = await readings.color(ColorByFeature(id=1, trace=trace.hash, sae="one", feature=0))
        opposite = await readings.color(ColorByFeature(id=2, trace=trace.hash, sae="one", feature=D))
        state = it.lab.states.get(f"trace:{trace.hash}")
        assert state is not None
        x = state.resid[2][:, 0].tolist()
    both = [a - b for a, b in zip(first.activations, opposite.activations, strict=True)]
    assert both == pytest.approx(x, abs=1e-5)
