"""What may go wrong with patches in force: told in words, and the next request is as if it had not been."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.services.conftest import Bench, OpenBench
from tests.services.test_conversations import heard_until_end
from tests.services.test_feature_links import dense
from tests.services.test_patches import TEXT, asked, feature, lora, over
from tests.services.test_schedules import (
    LONG,
    generated,
    keep,
    new,
    said,
    schedule_of,
    steer,
    switched,
    the_same,
)

from microscope.core.patches.base import Member
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.core.saes.base import Sae
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.errors import Invalid, NoRoom, Trouble
from microscope.services.hub import topic_of
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.services.saes import Saes
from microscope.wire.generation import TurnEnded
from microscope.wire.patch_trials import PatchesTried, TryPatches
from microscope.wire.patches import FromAdapter, FromContent, FromLibrary, NewPatch, NewPatchSet, PatchMember
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

SAE = dense("L1.resid_post", 1)


def content(seed: int, site: str = "L1.resid_post", scale: float = 20.0) -> FromContent:
    direction = torch.randn(64, generator=torch.Generator().manual_seed(seed))
    return FromContent(patch=Steer(site=site, direction=packed(direction), scale=scale))


def tried(patches: Patches, it: Bench, *members: PatchMember) -> Awaitable[PatchesTried]:
    return PatchTrials(it.lab, patches).try_(TryPatches(id=1, text=TEXT, members=members, controls=1))


async def numbers_or_words(trial: Awaitable[PatchesTried]) -> list[float] | str:
    try:
        found = await trial
    except Invalid as told:
        return told.error
    return [found.kl, *(token.patched for token in found.tokens)]


@pytest.mark.parametrize("kind", ["steer", "ablate", "scale", "clamp"])
@pytest.mark.parametrize("strength", [1e9, -1e9])
async def test_a_huge_strength_is_a_number_or_told(bench: OpenBench, kind: str, strength: float) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        before = await tried(patches, it, PatchMember(source=feature("steer")))
        found = await numbers_or_words(
            tried(patches, it, PatchMember(source=feature(kind, value=3.0), strength=strength))
        )
        assert all(map(math.isfinite, found)) if isinstance(found, list) else "no number" in found
        assert await tried(patches, it, PatchMember(source=feature("steer"))) == before


@pytest.mark.parametrize("strength", [1e9, -1e9, 1e38])
async def test_a_turn_that_a_huge_strength_breaks_ends_in_words_and_the_next_is_as_ever(
    bench: OpenBench, strength: float
) -> None:
    async with bench() as it:
        id, plain, set = await new(it), await new(it), steer(it, strength=strength)
        await said(it, plain, TEXT, None)
        ended = (await switched(it, id, TEXT, None, [set]))[-1].message
        assert isinstance(ended, TurnEnded)
        again = await new(it)
        await said(it, again, TEXT, None)
        assert it.conversations.get(again).ids == it.conversations.get(plain).ids
        assert it.lab.turns == 0


async def test_a_patch_that_is_put_away_while_a_turn_uses_it_goes_on_acting(bench: OpenBench) -> None:
    """A set holds its patches' content, whatever becomes of the library and of the SAE's files."""
    async with bench() as it:
        patches = over(it, mid=SAE)
        members = (PatchMember(source=feature("clamp", value=30.0)), PatchMember(source=content(0)))
        kept = await patches.create_set(NewPatchSet(members=members))
        alone, id = await new(it), await new(it)
        await said(it, alone, TEXT, kept.hash, LONG)
        reader = it.hub.subscribe(topic_of(id))
        await it.conversations.send(id, TEXT, LONG, patches=kept.hash)
        for one in kept.members:
            patches.library.put_away(one.hash)
        it.lab.folder.path("saes/mid").rename(it.lab.folder.path("gone"))
        ended = (await heard_until_end(reader))[-1].message
        reader.close()
        assert isinstance(ended, TurnEnded)
        assert ended.turn.reason == "length"
        assert it.conversations.get(id).ids == it.conversations.get(alone).ids
        it.lab.folder.path("gone").rename(it.lab.folder.path("saes/mid"))
        schedule = await schedule_of(it, generated(it.conversations.get(id))[0])
        await the_same(it, id, 9, it.conversations.get(id).ids, schedule)


async def test_the_same_patch_twice_acts_twice(bench: OpenBench) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        one = PatchMember(source=content(0))
        twice = await tried(patches, it, one, one)
        double = await tried(patches, it, one.model_copy(update={"strength": 2.0}))
        assert twice.members[0] == twice.members[1]
        assert twice.kl == pytest.approx(double.kl, rel=1e-3)
        kept = await patches.create_set(NewPatchSet(members=(one, one)))
        assert len(kept.members) == 2
        assert (await it.traces.create(NewTrace(text=TEXT, patches=kept.hash))).patches == kept.hash


async def test_fifty_patches_are_the_sum_of_fifty(bench: OpenBench) -> None:
    async with bench() as it:
        patches = over(it, mid=SAE)
        many = tuple(PatchMember(source=content(seed, scale=1.0)) for seed in range(50))
        found = await tried(patches, it, *many)
        units = [torch.randn(64, generator=torch.Generator().manual_seed(seed)) for seed in range(50)]
        total = torch.stack([unit / unit.norm() for unit in units]).sum(0)
        patch = Steer(site="L1.resid_post", direction=packed(total), scale=float(total.norm()))
        one = await tried(patches, it, PatchMember(source=FromContent(patch=patch)))
        assert found.kl == pytest.approx(one.kl, rel=1e-3)
        kept = await patches.create_set(NewPatchSet(members=many))
        id = await new(it)
        await said(it, id, TEXT, kept.hash)
        schedule = await schedule_of(it, generated(it.conversations.get(id))[0])
        await the_same(it, id, 8, it.conversations.get(id).ids, schedule)


async def test_tabs_with_sets_of_their_own_and_trials_beside_them_do_not_meet(bench: OpenBench) -> None:
    """Turns that share steps, a text, trials of other patches: each has what it has alone."""
    async with bench() as it:
        patches = over(it, mid=SAE)
        sets = [None, steer(it), keep(it, (await patches.create(NewPatch(source=feature("clamp", value=30.0)))).patch)]
        members = [PatchMember(source=feature(kind), strength=2.0) for kind in ("steer", "ablate")]
        alone = [await new(it) for _ in sets]
        for id, set in zip(alone, sets, strict=True):
            await said(it, id, TEXT, set, LONG)
        wanted = [await tried(patches, it, one) for one in members]
        plain = await it.traces.create(NewTrace(text=TEXT))
        together = [await new(it) for _ in sets]
        *_, first, second, again = await asyncio.gather(
            *(said(it, id, TEXT, set, LONG) for id, set in zip(together, sets, strict=True)),
            *(tried(patches, it, one) for one in members),
            it.traces.create(NewTrace(text=TEXT)),
        )
        assert [it.conversations.get(id).ids for id in together] == [it.conversations.get(id).ids for id in alone]
        assert ([first, second], again) == (wanted, plain)


async def test_what_is_cancelled_while_it_is_attached_leaves_nothing(
    bench: OpenBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lora(tmp_path / "polite")
    async with bench() as it:
        patches = over(it, mid=SAE)
        members = (
            PatchMember(source=feature("clamp", value=9.0)),
            PatchMember(source=FromAdapter(adapter=str(folder))),
        )
        began, go = asyncio.Event(), asyncio.Event()
        load = Saes.load

        async def slow(saes: Saes, slug: str, model: str | None = None) -> Sae:
            sae = await load(saes, slug, model)
            began.set()
            await go.wait()
            return sae

        monkeypatch.setattr(Saes, "load", slow)
        task = asyncio.create_task(patches.create_set(NewPatchSet(members=members)))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        monkeypatch.undo()
        assert patches.library.list().items == ()
        assert not it.lab.objects.names("patch-sets")
        (loaded,) = it.lab.resident
        assert not it.lab.models.is_pinned(loaded.slug)
        kept = await patches.create_set(NewPatchSet(members=members))
        assert (await tried(patches, it, *(PatchMember(source=FromLibrary(hash=one.hash)) for one in kept.members))).kl


def out_of_memory(*_: object, **__: object) -> Any:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize(("where", "name"), [(Sae, "to"), (Model, "low_rank")])
async def test_a_device_that_is_full_attaches_nothing(
    bench: OpenBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: type, name: str
) -> None:
    """Neither of the two, whichever it has room for; and both once there is room."""
    folder = lora(tmp_path / "polite")
    async with bench() as it:
        patches = over(it, mid=SAE)
        clamp = await patches.create(NewPatch(source=feature("clamp", value=30.0)))
        adapter = await patches.create(NewPatch(source=FromAdapter(adapter=str(folder))))
        members = [Member(patch=one.patch) for one in (clamp, adapter)]
        kept = it.sets.keep(members).hash
        plain = await new(it)
        await said(it, plain, TEXT, None)
    async with bench() as it:  # Nothing is in memory yet.
        with monkeypatch.context() as full:
            full.setattr(where, name, out_of_memory)
            id = await new(it)
            for attach in (
                lambda: it.conversations.send(id, TEXT, LONG, patches=kept),
                lambda: it.traces.create(NewTrace(text=TEXT, patches=kept)),
                lambda: tried(
                    over(it), it, *(PatchMember(source=FromLibrary(hash=one.hash)) for one in (clamp, adapter))
                ),
            ):
                with pytest.raises(NoRoom, match=r"ran out of memory.* none of them is in force"):
                    await attach()
            assert (it.conversations.get(id).ids, it.lab.turns) == ((), 0)
            other = await new(it)
            await said(it, other, TEXT, None)
            assert it.conversations.get(other).ids == it.conversations.get(plain).ids
            # While it streams: the turn goes on as it was.
            broken = await new(it)
            reader = it.hub.subscribe(topic_of(broken))
            await it.conversations.send(broken, TEXT, LONG)
            with pytest.raises(NoRoom):
                await it.conversations.switch_patches(broken, kept)
            ended = (await heard_until_end(reader))[-1].message
            reader.close()
            assert isinstance(ended, TurnEnded)
            assert ended.turn.patches == ()
        await said(it, id, TEXT, kept)
        assert generated(it.conversations.get(id))[0].patches[0].set == kept


async def test_a_pass_that_runs_out_of_memory_ends_its_turn_alone(
    bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench() as it:
        id, other, plain, set = await new(it), await new(it), await new(it), steer(it)
        await said(it, plain, TEXT, None, LONG)
        real: Callable[..., Any] = Model.forward

        def forward(model: Model, *given: Any, edits: Any = (), **more: Any) -> Any:
            if any(isinstance(one, Edits) and one.placed for one in edits):
                out_of_memory()
            return real(model, *given, edits=edits, **more)

        with monkeypatch.context() as full:
            full.setattr(Model, "forward", forward)
            heard, _ = await asyncio.gather(said(it, id, TEXT, set, LONG), said(it, other, TEXT, None, LONG))
            ended = heard[-1].message
            assert isinstance(ended, TurnEnded)
            assert ended.turn.reason == "failed"
            assert it.conversations.get(other).ids == it.conversations.get(plain).ids
        await said(it, id, " and", set)
        assert it.lab.turns == 0


async def test_a_direction_of_norm_0_is_refused_before_it_is_hashed(bench: OpenBench) -> None:
    async with bench() as it:
        with pytest.raises(ValueError, match="norm 0; it points nowhere"):
            FromContent.model_validate({"patch": {"kind": "ablate", "direction": [0.0] * 64}})
        nothing = Sae(SAE.spec, {**SAE.weights, "W_dec": torch.zeros_like(SAE.weights["W_dec"])})
        with pytest.raises(Trouble, match="writes nothing"):
            await PatchTrials(it.lab, over(it, zero=nothing)).try_(asked(feature("ablate", sae="zero")))
