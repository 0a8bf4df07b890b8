"""Patches tried layer by layer and against another set, compared with the lens of whole passes."""

from __future__ import annotations

import math

import pytest
from tests.services.conftest import Bench, OpenBench
from tests.services.test_patches import TEXT, feature, patches_of

from microscope.errors import Invalid, NotFound
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.services.traces import Content, Traces
from microscope.services.views import Views
from microscope.wire.conversations import Role
from microscope.wire.lenses import LensRow, ReadLens
from microscope.wire.patch_trials import ContinuePatched, LayerSays, TryPatches
from microscope.wire.patches import NewPatchSet, PatchMember
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

EARLY = PatchMember(source=feature("steer"), strength=2.0)
"""At L1.resid_post."""

WEIGHTS = PatchMember(source=feature("scale", sae="mlp"), strength=-1.0)
"""In a matrix of L1."""

EMBEDDED = PatchMember(source=feature("ablate", everywhere=True))
"""From the embeddings on."""


async def _rows(it: Bench, patches: Patches, token: int, *members: PatchMember) -> tuple[LensRow, ...]:
    """What a lens reads after the text when that token follows: the trace's own way."""
    traces = Traces(it.lab, it.models, patches.sets)
    kept = (await patches.create_set(NewPatchSet(members=members))).hash if members else None
    ids = (*(await traces.create(NewTrace(text=TEXT))).ids, token)
    run = await traces.create(NewTrace(ids=ids, patches=kept))
    return (await traces.read_lens(ReadLens(id=1, trace=run.hash, position=len(ids) - 2, read="after", k=1))).rows


@pytest.mark.parametrize("member", [EARLY, WEIGHTS, EMBEDDED], ids=["steer", "scale", "everywhere"])
async def test_every_layer_of_a_trial_is_what_the_lens_reads_in_a_whole_pass(
    bench: OpenBench, member: PatchMember
) -> None:
    async with bench() as it:
        patches = patches_of(it)
        query = TryPatches(id=1, text=TEXT, members=(member,), against=(EARLY,), lens="logit", k=3, controls=2)
        tried = await PatchTrials(it.lab, patches).try_(query)
        plain = await PatchTrials(it.lab, patches).try_(query.model_copy(update={"lens": None}))
        assert tried.tokens == plain.tokens
        assert (plain.layers, plain.followed) == ((), ())
        for place, token in enumerate(tried.followed):
            for column, members in (("base", ()), ("patched", (member,)), ("other", (EARLY,))):
                rows = await _rows(it, patches, token, *members)
                assert [one.layer for one in tried.layers] == [row.layer for row in rows]
                for one, row in zip(tried.layers, rows, strict=True):
                    said: LayerSays = getattr(one, column)
                    assert said.top == row.ids[0]
                    assert math.log(said.prob) == pytest.approx(row.logprobs[0], abs=1e-4)
                    assert said.ranks[place] == row.rank
                    assert math.log(said.probs[place]) == pytest.approx(row.logprob, abs=1e-4)
            # A control's last layer is what its pass predicts.
            column = next(one for one in tried.tokens if one.token_id == token)
            ends = tried.layers[-1]
            assert [said.probs[place] for said in ends.controls] == pytest.approx(column.controls, abs=1e-5)
            other = pytest.approx(column.other_controls, abs=1e-5)
            assert [said.probs[place] for said in ends.other_controls] == other
    last = tried.layers[-1]
    assert tried.followed == tuple(dict.fromkeys(one.top for one in (last.base, last.patched, last.other) if one))


async def test_two_sets_are_tried_on_one_text_and_each_gives_what_it_gives_alone(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        trials = PatchTrials(it.lab, patches)
        both = TryPatches(id=1, text=TEXT, members=(EARLY,), against=(WEIGHTS, EMBEDDED), k=40, controls=1)
        tried = await trials.try_(both)
        mine = await trials.try_(both.model_copy(update={"against": ()}))
        theirs = await trials.try_(both.model_copy(update={"members": both.against, "against": ()}))
        assert (mine.members, mine.against, theirs.members) == (tried.members, (), tried.against)
        said = {one.token_id: one for one in tried.tokens}
        assert mine.other_kl is None
        assert all(one.other is None for one in mine.tokens)
        assert tried.other_kl == pytest.approx(theirs.kl, abs=1e-5)
        assert tried.kl == pytest.approx(mine.kl, abs=1e-5)
        for one in mine.tokens:
            assert said[one.token_id].patched == pytest.approx(one.patched, abs=1e-5)
        for one in theirs.tokens:
            assert said[one.token_id].other == pytest.approx(one.patched, abs=1e-5)
            assert said[one.token_id].other_controls == pytest.approx(one.controls, abs=1e-5)
        assert (mine.other_control_kl, len(tried.control_kl)) == ((), 1)
        assert tried.other_control_kl == pytest.approx(theirs.control_kl, abs=1e-5)
        query = ContinuePatched(id=1, text=TEXT, members=both.members, against=both.against, n_tokens=6)
        goes = await trials.continue_(query)
        alone = await trials.continue_(query.model_copy(update={"members": both.against, "against": ()}))
        assert (goes.other, goes.other_controls) == (alone.patched, alone.controls)
        assert len(goes.controls) == len(goes.other_controls) == 3
        assert all(len(one) <= len(goes.patched) for one in goes.controls)
        mine = await trials.continue_(query.model_copy(update={"against": ()}))
        assert (mine.other, mine.other_controls, mine.controls) == (None, (), goes.controls)


async def test_a_trace_is_run_again_under_another_set_with_its_roles(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        kept = await patches.create_set(NewPatchSet(members=(EARLY,)))
        text = await traces.create(NewTrace(text=TEXT))
        patched = await traces.create(NewTrace(text=TEXT, patches=kept.hash))
        assert await traces.create(NewTrace(trace=text.hash, patches=kept.hash)) == patched
        assert await traces.create(NewTrace(trace=patched.hash)) == text
        roles: tuple[Role, ...] = ("user",) * (len(text.ids) - 1) + ("assistant",)
        said = text.model_copy(update={"roles": roles})
        hash_ = traces.keep(Content.model_validate(said.model_dump(include=set(Content.model_fields))), said.model_name)
        assert (await traces.create(NewTrace(trace=hash_, patches=kept.hash))).roles == roles
        with pytest.raises(NotFound):
            await traces.create(NewTrace(trace="0123456789abcdef"))
        with pytest.raises(Invalid, match="exactly one"):
            await traces.create(NewTrace(trace=text.hash, text=TEXT))


async def test_a_bundle_holds_the_set_that_its_page_is_compared_with(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        kept = await patches.create_set(NewPatchSet(members=(EARLY,)))
        text = await traces.create(NewTrace(text=TEXT))
        views = Views(it.lab, it.models, it.conversations, traces, patches.sets)
        beside = await views.export_trace(text.hash, {"vs": f"set:{kept.hash}"})
        base = await views.export_trace(text.hash, {"vs": "base"})
    assert [one.hash for one in beside.patch_sets] == [kept.hash]
    assert (base.patch_sets, len(base.traces)) == ((), 1)
