"""Patches that act where a feature fires: asked for by name, kept by hash, told at which tokens, streamed."""

from __future__ import annotations

import pytest
import torch
from tests.services.conftest import OpenBench
from tests.services.test_feature_links import dense
from tests.services.test_feature_reading import shelved
from tests.services.test_patches import TEXT, over, values
from tests.services.test_schedules import LONG, generated, new, said, schedule_of, the_same

from microscope.core.patches.base import Member
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Everywhere, Generated, WhereFires
from microscope.core.patches.steer import Steer
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.sites import Site
from microscope.errors import Incompatible, NotFound
from microscope.services.patch_trials import PatchTrials
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


async def test_the_answer_says_at_which_tokens_each_patch_acted(bench: OpenBench) -> None:
    async with bench() as it:
        trials = PatchTrials(it.lab, over(it, mid=SAE))
        acts = SAE.encode(values((await it.models.resident()).model, Site(1, "resid_post")))
        number = int((acts > 0).sum(0).sub(len(acts) / 2).abs().argmin())
        expected = (acts[:, number] > 0).nonzero()[:, 0].tolist()
        assert 0 < len(expected) < len(acts)

        async def tried(*members: PatchMember, n_prompt: int | None = None) -> PatchesTried:
            return await trials.try_(TryPatches(id=1, text=TEXT, members=members, n_prompt=n_prompt, controls=2))

        found = await tried(late(where(number)), late(where(number), 0.0), late(Generated()), n_prompt=3)
        assert [positions(one) for one in found.acts] == [expected, [], list(range(3, len(acts)))]
        alone = await tried(late(where(number)))
        assert [position for position, moved in enumerate(alone.changed) if moved] == expected
        most = float(acts[:, number].max())
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
        assert patches.sets.name(kept.hash, 3) == patches.sets.name(kept.hash, 9) != patches.sets.name(others[0], 3)


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
