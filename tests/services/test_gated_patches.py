"""Patches that act where a feature fires: asked for by name, kept by hash, told at which tokens, streamed."""

from __future__ import annotations

import asyncio

import pytest
import torch
from tests.services.conftest import OpenBench
from tests.services.test_feature_links import dense
from tests.services.test_feature_reading import shelved
from tests.services.test_patches import TEXT, over, values
from tests.services.test_schedules import LONG, generated, new, said, schedule_of, the_same

from microscope.core.patches.base import Member
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Everywhere, Generated, WhereFires, Written, written_from
from microscope.core.patches.steer import Steer
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.sites import Site
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible, NotFound
from microscope.services.patch_acts import PatchActs
from microscope.services.patch_trials import PatchTrials
from microscope.wire.conversations import Branch
from microscope.wire.patch_scopes import WhereFeatureFires
from microscope.wire.patch_trials import PatchesTried, TryPatches
from microscope.wire.patches import FromContent, NewPatchSet, PatchMember

pytestmark = pytest.mark.anyio

GATE, SAE = "L1.resid_post", dense("L1.resid_post", 1)
SHA = computes_sha256(content_sha256(SAE.weights), SAE.spec)
LATE = Steer(site="L2.resid_post", direction=packed([1.0, -1.0] * 32), scale=9.0)


def where(number: int, above: float = 0.0, **more: object) -> WhereFeatureFires:
    return WhereFeatureFires.model_validate({"sae": "mid", "feature": number, "above": above, **more})


def late(scope: object, strength: float = 1.0) -> PatchMember:
    return PatchMember.model_validate({"source": FromContent(patch=LATE), "strength": strength, "scope": scope})


def positions(spans: tuple[tuple[int, int], ...]) -> list[int]:
    return [position for start, end in spans for position in range(start, end)]


async def test_one_that_never_fires_changes_no_bit_and_neither_do_its_controls(bench: OpenBench) -> None:
    async with bench() as it:
        trials = PatchTrials(it.lab, over(it, mid=SAE))
        shut = late(where(3, 1e6))
        found = await trials.try_(TryPatches(id=1, text=TEXT, members=(shut,), against=(shut, late(Everywhere()))))
    assert (found.kl, set(found.control_kl), found.acts) == (0.0, {0.0}, ((),))
    assert all(token.base == token.patched == token.controls[0] for token in found.tokens)
    assert found.other_kl is not None
    assert found.other_kl > 0
    assert all(kl > 0 for kl in found.other_control_kl)


async def test_the_answer_says_at_which_tokens_each_patch_acted(bench: OpenBench) -> None:
    async with bench() as it:
        trials = PatchTrials(it.lab, over(it, mid=SAE))
        acts = SAE.encode(values((await it.models.resident()).model, Site(1, "resid_post")))
        number = int((acts > 0).sum(0).sub(len(acts) / 2).abs().argmin())
        expected = (acts[:, number] > 0).nonzero()[:, 0].tolist()
        assert 0 < len(expected) < len(acts)

        async def tried(*members: PatchMember, generated: Written = ()) -> PatchesTried:
            query = TryPatches(id=1, text=TEXT, members=members, generated=generated, controls=2, everywhere=True)
            return await trials.try_(query)

        found = await tried(late(where(number)), late(where(number), 0.0), late(Generated()), generated=((3, 99),))
        assert [positions(one) for one in found.acts] == [expected, [], list(range(3, len(acts)))]
        alone = await tried(late(where(number)))
        assert [position for position, moved in enumerate(alone.changed) if moved] == expected
        most = 1.0001 * float(acts[:, number].max())  # At the very threshold, rounding decides.
        closed = await tried(late(where(number, above=most)))
        assert (closed.kl, set(closed.control_kl), closed.acts) == (0.0, {0.0}, ((),))
        by_hash = await tried(late(where(number, sae=SHA, site=GATE)))
        assert by_hash == alone


async def test_a_set_keeps_the_hash_of_what_it_reads(bench: OpenBench) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        kept = await patches.create_set(NewPatchSet(members=(late(where(3, 0.5)),)))
        assert kept.members[0].scope == WhereFires(sae=SHA, site=GATE, feature=3, above=0.5)
        same = PatchMember.model_validate({"source": FromContent(patch=LATE), "scope": kept.members[0].scope})
        again = await patches.create_set(NewPatchSet(members=(same,)))
        others = [
            (await patches.create_set(NewPatchSet(members=(late(scope),)))).hash
            for scope in (Everywhere(), where(3), where(4, 0.5))
        ]
        assert again == kept
        assert len({kept.hash, *others}) == 4
        # The gate is read in each pass: how long the prompt is does not matter.
        short, long, ungated = (
            patches.sets.named(hash, written_from(start)).name
            for hash, start in ((kept.hash, 3), (kept.hash, 9), (others[0], 3))
        )
        assert short == long != ungated


async def test_what_cannot_be_is_refused_in_words(bench: OpenBench) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        early = FromContent(patch=LATE.model_copy(update={"site": "L0.resid_post"}))
        for strength in (0.0, 1.0):
            member = PatchMember(source=early, strength=strength, scope=where(3))
            with pytest.raises(Incompatible, match=r"read at L1\.resid_post; it changes L0\.resid_post before"):
                await patches.create_set(NewPatchSet(members=(member,)))
        with pytest.raises(NotFound):
            await patches.create_set(NewPatchSet(members=(late(where(3, sae="nowhere")),)))
        with pytest.raises(NotFound, match="acts where a feature fires of an SAE whose tensors"):
            await patches.create_set(NewPatchSet(members=(late(where(3, sae="0" * 64, site=GATE)),)))
        with pytest.raises(ValueError, match="64 hex digits"):
            where(3, site=GATE)
        kept = it.sets.keep([Member(patch=LATE, scope=WhereFires(sae="0" * 64, site=GATE, feature=3))])
        (says,) = await it.sets.lacks(kept.hash, None)
        assert "acts where a feature fires" in says


async def test_a_turn_that_streams_is_one_pass_under_the_same_gate(bench: OpenBench) -> None:
    """And so it is after the state was forgotten."""
    async with bench() as it:
        shelved(it, mid=SAE)
        push = Steer(site=GATE, direction=LATE.direction, scale=20.0)
        id, plain = await new(it), await new(it)
        acts = SAE.encode(values((await it.models.resident()).model, Site(1, "resid_post")))
        number = int((acts > 0).sum(0).sub(len(acts) / 2).abs().argmin())
        scope = WhereFires(sae=SHA, site=GATE, feature=number)
        kept = it.sets.keep([Member(patch=push, scope=scope)]).hash
        await said(it, id, TEXT, kept, LONG)
        await said(it, plain, TEXT, None, LONG)
        conversation = it.conversations.get(id)
        assert conversation.ids != it.conversations.get(plain).ids
        schedule = await schedule_of(it, generated(conversation)[0])
        for position in range(1, len(conversation.ids), 5):
            await the_same(it, id, position, conversation.ids, schedule)
        it.lab.states.drop(id)
        for position in range(1, len(conversation.ids), 5):
            await the_same(it, id, position, conversation.ids, schedule)


async def test_a_conversation_tells_at_which_tokens_its_patches_acted(bench: OpenBench) -> None:
    """As the steps of its turns had it: also in company, in a branch, and once it is computed again."""
    async with bench() as it:
        shelved(it, mid=SAE)
        acts = PatchActs(it.lab, it.conversations)
        scope = WhereFires(sae=SHA, site=GATE, feature=3)
        push = Steer(site=GATE, direction=LATE.direction, scale=20.0)
        members = [Member(patch=push, scope=Generated()), Member(patch=push), Member(patch=push, scope=scope)]
        kept, plain = it.sets.keep(members).hash, await new(it)
        id, beside = await new(it), await new(it)
        await asyncio.gather(said(it, id, TEXT, kept, LONG), said(it, beside, "Once upon a time", kept, LONG))
        await said(it, plain, TEXT, None, LONG)
        assert (await acts.of_conversation(plain)).members == ()

        conversation = it.conversations.get(id)
        (turn,) = generated(conversation)
        found = await acts.of_conversation(id)
        read = found.end
        assert len(conversation.ids) - 1 <= read <= len(conversation.ids)
        assert [(one.set, one.member) for one in found.members] == [(kept, 0), (kept, 2)]
        assert found.members[0].spans == ((turn.start, read),)
        schedule = await schedule_of(it, turn)
        state = State((await it.models.resident()).model, schedule)
        for _ in prefill(state, conversation.ids[:read]):
            pass
        fired = state.opened(scope).nonzero()[:, 0].tolist()
        assert positions(found.members[1].spans) == fired
        assert 0 < len(fired) < read
        it.lab.states.drop(id)
        assert positions((await acts.of_conversation(id)).members[1].spans)[: len(fired)] == fired

        branch = await it.conversations.branch(id, Branch(position=turn.start + 5))
        cut = await acts.of_conversation(branch.id)
        assert positions(cut.members[1].spans) == [position for position in fired if position < cut.end]


async def test_what_is_left_along_a_direction_is_told_at_every_layer(bench: OpenBench) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        direction = torch.randn(64, generator=torch.Generator().manual_seed(3)).tolist()
        scale = FromContent.model_validate({"patch": {"kind": "scale", "direction": direction}})
        ablate = FromContent.model_validate({"patch": {"kind": "ablate", "direction": direction}})
        for source, strength in ((scale, -1.0), (ablate, 1.0)):
            members = (PatchMember(source=source, strength=strength),)
            found = await PatchTrials(it.lab, patches).try_(
                TryPatches(id=1, text=TEXT, members=members, lens="logit", controls=0)
            )
            (left,) = found.left
            assert len(left.base) == len(left.patched) == 4
            assert max(left.patched) < 3e-6 < 1e-3 < max(left.base), (max(left.patched), max(left.base))
        none = await PatchTrials(it.lab, patches).try_(TryPatches(id=1, text=TEXT, members=members))
        assert none.left == ()
