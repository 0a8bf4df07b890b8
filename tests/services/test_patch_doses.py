"""Dose curves: each point is a trial of its own, and all of them rest on one pass without patches."""

from __future__ import annotations

import pytest
from tests.services.conftest import OpenBench
from tests.services.test_patches import TEXT, feature, patches_of

from microscope.errors import Invalid
from microscope.services.patch_doses import PatchDoses
from microscope.services.patch_trials import PatchTrials
from microscope.wire.patch_doses import DosePatches
from microscope.wire.patch_trials import TryPatches
from microscope.wire.patches import PatchMember

pytestmark = pytest.mark.anyio

STRENGTHS = (-1.0, 0.0, 0.5, 2.0)


@pytest.mark.parametrize("kind", ["steer", "scale"])
async def test_each_dose_is_what_a_trial_at_that_strength_says(bench: OpenBench, kind: str) -> None:
    source = feature("steer") if kind == "steer" else feature("scale", sae="mlp")
    async with bench() as it:
        patches = patches_of(it)
        trials = PatchTrials(it.lab, patches)
        ask = DosePatches(
            id=1, text=TEXT, members=(PatchMember(source=source, strength=2.0),), strengths=STRENGTHS, controls=2
        )
        first = await PatchDoses(it.lab, patches, trials).dose(ask)
        tokens = first.base_likeliest
        dosed = await PatchDoses(it.lab, patches, trials).dose(ask.model_copy(update={"tokens": tokens}))
        assert [one.strength for one in dosed.doses] == list(STRENGTHS)
        for one in dosed.doses:
            member = PatchMember(source=source, strength=2.0 * one.strength)
            tried = await trials.try_(TryPatches(id=1, text=TEXT, members=(member,), k=300, controls=2))
            said = {token.token_id: token for token in tried.tokens}
            assert one.kl == pytest.approx(tried.kl, rel=1e-4, abs=1e-7)
            assert one.control_kl == pytest.approx(tried.control_kl, rel=1e-4, abs=1e-7)
            assert one.probs == pytest.approx([said[token].patched for token in tokens], rel=1e-4)
            assert dosed.base == pytest.approx([said[token].base for token in tokens], rel=1e-4)
        zero = dosed.doses[STRENGTHS.index(0.0)]
        assert (zero.kl, zero.control_kl) == (0.0, (0.0, 0.0))
        assert zero.probs == dosed.base
        assert zero.likeliest == dosed.base_likeliest


async def test_the_pass_without_patches_is_run_once_for_all_strengths(bench: OpenBench) -> None:
    async with bench() as it:
        doses = PatchDoses(it.lab, patches := patches_of(it), PatchTrials(it.lab, patches))
        members = (PatchMember(source=feature("ablate")),)
        ask = DosePatches(id=1, text=TEXT, members=members, strengths=(1.0,), controls=0)
        await doses.dose(ask)
        before = it.lab.counts.forwards
        await doses.dose(ask.model_copy(update={"strengths": STRENGTHS, "controls": 1}))
        # One for each strength but 0, and one for its control.
        assert it.lab.counts.forwards - before == 6


async def test_a_strength_at_which_nothing_is_computed_is_named(bench: OpenBench) -> None:
    async with bench() as it:
        doses = PatchDoses(it.lab, patches := patches_of(it), PatchTrials(it.lab, patches))
        members = (PatchMember(source=feature("steer")),)
        with pytest.raises(Invalid, match=r"At strength 1e\+300"):
            await doses.dose(DosePatches(id=1, text=TEXT, members=members, strengths=(0.0, 1e300)))
        with pytest.raises(Invalid, match="outside the vocabulary"):
            await doses.dose(DosePatches(id=1, text=TEXT, members=members, strengths=(0.0,), tokens=(10**6,)))
