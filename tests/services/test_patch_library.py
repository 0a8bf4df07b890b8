"""What is kept: patches put away and found again, sets with names, and where both are used."""

from __future__ import annotations

import pytest
from tests.services.conftest import Bench, OpenBench
from tests.services.test_patches import TEXT, asked, feature, patches_of, trials
from tests.services.test_schedules import said

from microscope.core.patches.steer import Steer
from microscope.errors import NotFound
from microscope.services.patch_library import MadeFor
from microscope.services.patch_uses import PatchUses
from microscope.services.patches import Patches
from microscope.services.traces import Traces
from microscope.store.runs import add
from microscope.wire.conversations import NewConversation
from microscope.wire.patches import ContentInList, FromContent, FromLibrary, NewPatch, NewPatchSet, PatchMember
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio


def uses_of(it: Bench, patches: Patches) -> tuple[PatchUses, Traces]:
    traces = Traces(it.lab, it.models, patches.sets)
    return PatchUses(it.lab, patches.library, traces), traces


async def test_one_that_is_put_away_goes_on_working_and_comes_back(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        kept = await patches.create(NewPatch(source=feature("steer"), name="Push"))
        member = PatchMember(source=FromLibrary(hash=kept.hash))
        before = await trials(it).try_(asked(FromLibrary(hash=kept.hash)))
        patches.library.put_away(kept.hash)
        assert patches.library.list().items == ()
        (away,) = patches.library.list(away=True).items
        assert (away.hash, away.name) == (kept.hash, "Push")
        assert away.put_away is not None
        assert await trials(it).try_(asked(FromLibrary(hash=kept.hash))) == before
        assert (await patches.create_set(NewPatchSet(members=(member,)))).members[0].hash == kept.hash
        assert patches.library.restore(kept.hash) == kept
        patches.library.put_away(kept.hash)
        assert await patches.create(NewPatch(source=feature("steer"), name="Again")) == kept
        with pytest.raises(NotFound, match="no patch"):
            patches.library.put_away("0123456789abcdef")


async def test_a_search_takes_every_word_wherever_it_stands(bench: OpenBench) -> None:
    async with bench() as it:
        library = patches_of(it)
        push = await library.create(NewPatch(source=feature("steer"), name="Push cats"))
        await library.create(NewPatch(source=feature("ablate"), name="Take cats"))
        for words in ("cats PUSH", "adds cats"):  # What it says, and its name.
            assert [one.hash for one in library.library.list(q=words).items] == [push.hash]
        assert len(library.library.list(q="mid").items) == 2  # The SAE.


async def test_a_sets_name_is_no_part_of_its_hash(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        uses, _ = uses_of(it, patches)
        one, other = [
            await patches.create_set(NewPatchSet(members=(PatchMember(source=feature("steer"), strength=strength),)))
            for strength in (1.0, 2.0)
        ]
        named = patches.sets.call(one.hash, "  More\ncats ")
        assert named == one.model_copy(update={"name": "More cats"}) == patches.sets.get(one.hash)
        assert (await patches.create_set(NewPatchSet(members=(PatchMember(source=feature("steer")),)))) == named
        listed = uses.sets("", unnamed=False, offset=0, limit=10)
        assert [row.hash for row in listed.items] == [one.hash]
        assert (listed.total, listed.unnamed) == (1, 1)
        assert listed.items[0].members[0].name == "steer mid #7"
        assert {row.hash for row in uses.sets("", unnamed=True, offset=0, limit=10).items} == {one.hash, other.hash}
        assert len(uses.sets("steer", unnamed=True, offset=1, limit=10).items) == 1
        assert uses.sets("steer nobody", unnamed=True, offset=0, limit=10).total == 0
        assert uses.sets("cats MORE", unnamed=False, offset=0, limit=10).total == 1
        assert patches.sets.call(one.hash, "").name == ""
        assert (await trials(it).try_(asked(feature("steer")))).kl > 0
        with pytest.raises(NotFound, match="no set of patches"):
            patches.sets.call("0123456789abcdef", "x")


async def test_a_bundles_set_brings_its_name_where_it_has_none_here(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        members = (PatchMember(source=feature("steer")),)
        kept = await patches.create_set(NewPatchSet(members=members))
        model = (await it.models.resident()).model.info
        made_for = MadeFor(model.name, model.weights_sha256)
        leaving = kept.model_copy(update={"name": "As they call it"})
        assert patches.sets.take_in(leaving, made_for) == leaving
        again = leaving.model_copy(update={"name": "Another"})
        assert patches.sets.take_in(again, made_for) == leaving


async def test_a_bundles_patch_brings_its_name_where_nobody_here_gave_it_one(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        kept = await patches.create_set(NewPatchSet(members=(PatchMember(source=feature("steer")),)))
        (member,) = kept.members
        sent = kept.model_copy(update={"members": (member.model_copy(update={"name": "As they call it"}),)})
        info = (await it.models.resident()).model.info
        made_for = MadeFor(info.name, info.weights_sha256)
        assert patches.sets.take_in(sent, made_for).members[0].name == "steer mid #7"
        it.lab.folder.path(f"objects/patches/{member.hash}.json").unlink()
        nameless = member.model_copy(update={"name": ""})
        there = patches.sets.take_in(kept.model_copy(update={"members": (nameless,)}), made_for)
        assert there.members[0].name == member.says
        assert patches.sets.take_in(sent, made_for).members[0].name == "As they call it"
        again = member.model_copy(update={"name": "Another"})
        taken = patches.sets.take_in(kept.model_copy(update={"members": (again,)}), made_for)
        assert taken.members[0].name == "As they call it"


async def test_a_list_carries_no_content(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        patch = (await patches.create(NewPatch(source=feature("steer")))).patch
        assert isinstance(patch, Steer)
        turned = patch.model_copy(update={"scale": 3.0})
        await patches.create(NewPatch(source=FromContent(patch=turned, run="run-7"), name="Given"))
        assert patch.direction not in patches.library.list().model_dump_json()
        (given,) = patches.library.list(q="given").items
        assert given.source == ContentInList(type="content", reads="", run="run-7")


async def test_a_run_is_a_use_of_what_its_spec_names_and_of_what_that_holds(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        uses, _ = uses_of(it, patches)
        patch = await patches.create(NewPatch(source=feature("steer")))
        unused = await patches.create(NewPatch(source=feature("ablate")))
        kept = await patches.create_set(NewPatchSet(members=(PatchMember(source=FromLibrary(hash=patch.hash)),)))
        whole = {"status": "planned", "priority": 0, "position": 0, "words": "", "evidence": "causal", "headline": {}}
        for number, (family, named) in enumerate(
            (("patch_effects", {"patches": kept.hash}), ("behaviour_rates", {"alternatives": [patch.hash]}))
        ):
            row = {"id": f"run-{number}", "family": family, "name": "", "spec": named, "spec_sha256": str(number)}
            add(it.lab.database, {**whole, **row, "created": number}, [])
        found = uses.of_patch(patch.hash, 1)
        assert (found.n_runs, [one.id for one in found.runs]) == (2, ["run-1"])
        assert [one.id for one in uses.of_set(kept.hash, 5).runs] == ["run-0"]
        assert uses.of_patch(unused.hash, 5).n_runs == 0
        spec = {"kind": "behaviour_rates", "patches": kept.hash, "attached": "", "alternatives": [patch.hash, "gone"]}
        assert [(one.hash, one.what, one.name) for one in uses.read_by(spec)] == [
            (kept.hash, "set", "steer mid #7"),
            (patch.hash, "patch", "steer mid #7"),
            ("gone", None, ""),
        ]


async def test_uses_are_counted_as_they_stand(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        uses, traces = uses_of(it, patches)
        patch = await patches.create(NewPatch(source=feature("steer")))
        unused = await patches.create(NewPatch(source=feature("ablate")))
        kept = await patches.create_set(NewPatchSet(members=(PatchMember(source=FromLibrary(hash=patch.hash)),)))
        nothing = uses.of_patch(unused.hash, 5)
        assert (nothing.n_conversations, nothing.n_traces, nothing.n_sets, nothing.n_runs) == (0, 0, 0, 0)
        for text in (TEXT, "Another text", "A third one"):
            await traces.create(NewTrace(text=text, patches=kept.hash))
        await traces.create(NewTrace(text=TEXT))
        chat = await it.conversations.create(NewConversation(mode="text", title="Said with it"))
        for _ in range(2):
            await said(it, chat.id, TEXT, kept.hash)
        found = uses.of_patch(patch.hash, 2)
        assert (found.n_traces, len(found.traces), found.n_sets) == (3, 2, 1)
        assert found.sets[0].hash == kept.hash
        assert [(one.id, one.title, one.turns, one.set) for one in found.conversations] == [
            (chat.id, "Said with it", 2, kept.hash)
        ]
        assert uses.of_set(kept.hash, 2).model_copy(update={"sets": found.sets, "n_sets": 1}) == found
        await it.conversations.delete(chat.id)
        assert uses.of_patch(patch.hash, 2).n_conversations == 0
        with pytest.raises(NotFound):
            uses.of_set("0123456789abcdef", 2)
