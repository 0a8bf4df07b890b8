"""Patches in conversations: what a turn began with and was switched to is in its numbers, now and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Everywhere, Generated, Scope, Written, written_from
from microscope.core.patches.steer import Steer
from microscope.engine.edits import NONE, UNCHANGED, Schedule, Stretch
from microscope.engine.state import State, prefill
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.services.hub import Outgoing, topic_of
from microscope.services.patch_acts import PatchActs
from microscope.services.traces import Traces
from microscope.store.conversations import change, find
from microscope.wire.conversations import Branch, Conversation, InForceFrom, NewConversation, Sampling, Turn
from microscope.wire.feature_readings import ColorByFeature, ReadFeatures
from microscope.wire.generation import PatchesSwitched, Tokens, TurnEnded, TurnStarted
from microscope.wire.lenses import GridQuery, LensRows, ReadLens
from microscope.wire.traces import NewTrace
from microscope.wire.views import Bundle

from .conftest import Bench, OpenBench
from .test_conversations import heard_until_end
from .test_feature_links import dense
from .test_feature_reading import shelved
from .test_reading import opened
from .test_views import views

pytestmark = pytest.mark.anyio

LONG = Sampling(temperature=1.0, seed=3, max_new_tokens=40)
SHORT = Sampling(temperature=1.0, seed=3, max_new_tokens=6)
EVERYWHERE = Everywhere()


def keep(it: Bench, *patches: Patch, scope: Scope = EVERYWHERE, strength: float = 1.0) -> str:
    members = [Member(patch=patch, strength=strength, scope=scope) for patch in patches]
    return it.sets.keep(members).hash


def steer(it: Bench, seed: int = 0, **given: object) -> str:
    direction = torch.randn(64, generator=torch.Generator().manual_seed(seed))
    return keep(it, Steer(site="L1.resid_post", direction=packed(direction), scale=20.0), **given)  # type: ignore[arg-type]


async def said(it: Bench, id: str, text: str, patches: str | None, sampling: Sampling = SHORT) -> list[Outgoing]:
    reader = it.hub.subscribe(topic_of(id))
    await it.conversations.send(id, text, sampling, patches=patches)
    heard = await heard_until_end(reader)
    reader.close()
    return heard


async def switched(it: Bench, id: str, text: str, first: str | None, then: Sequence[str | None]) -> list[Outgoing]:
    """A turn in which other patches are put in force as it goes, each once those before it act."""
    wanted, now, waits = list(then), first, False
    reader = it.hub.subscribe(topic_of(id))
    await it.conversations.send(id, text, LONG, patches=first)
    heard: list[Outgoing] = []
    async for outgoing in reader:
        heard.append(outgoing)
        if isinstance(outgoing.message, TurnEnded):
            break
        waits = waits and not isinstance(outgoing.message, PatchesSwitched)
        if isinstance(outgoing.message, Tokens) and outgoing.message.lens and wanted and not waits:
            waits = wanted[0] != now
            now = wanted.pop(0)
            await it.conversations.switch_patches(id, now)
    reader.close()
    return heard


async def new(it: Bench) -> str:
    return (await it.conversations.create(NewConversation(mode="text"))).id


async def schedule_of(it: Bench, turn: Turn, before: Written = ()) -> Schedule:
    """Compiled anew, by its own way."""
    written = written_from(turn.start, before)
    loaded = it.lab.models.get("gpt2")
    assert loaded is not None
    return Schedule(
        tuple(
            [
                Stretch(one.start, await it.sets.edits(one.set, loaded, written) if one.set else NONE)
                for one in turn.patches
            ]
        )
    )


async def recomputed(it: Bench, ids: Sequence[int], schedule: Schedule) -> State:
    loaded = it.lab.models.get("gpt2")
    assert loaded is not None
    state = State(loaded.model, schedule)
    for _ in prefill(state, ids):
        pass
    return state


def generated(conversation: Conversation) -> list[Turn]:
    return [turn for turn in conversation.turns if turn.sampling is not None]


async def lens(it: Bench, id: str, position: int) -> LensRows:
    return await it.conversations.read_lens(
        ReadLens(type="read_lens", id=1, conversation=id, position=position, read="for", k=5)
    )


async def the_same(it: Bench, id: str, position: int, ids: Sequence[int], schedule: Schedule) -> None:
    """A click's numbers are those of the text computed from the start under this schedule."""
    rows = await lens(it, id, position)
    state = await recomputed(it, ids[: position + 1], schedule)
    for row, resid in zip(rows.rows, state.resid[:, position - 1], strict=True):
        logprobs = state.model.unembed(resid).float().log_softmax(-1)
        assert row.logprob == pytest.approx(float(logprobs[ids[position]]), abs=2e-3)


async def test_a_turn_is_said_under_its_patches_and_says_so(bench: OpenBench) -> None:
    async with bench() as it:
        plain, patched = await new(it), await new(it)
        set = steer(it)
        await said(it, plain, "The cat sat", None)
        heard = await said(it, patched, "The cat sat", set)
        one, other = it.conversations.get(plain), it.conversations.get(patched)
        assert one.ids[:3] == other.ids[:3]
        assert one.ids != other.ids
        assert generated(one)[0].patches == ()
        assert generated(other)[0].patches == (InForceFrom(start=0, set=set),)
        assert {row.id: row.patched for row in it.conversations.list().items} == {plain: False, patched: True}
        begun = next(message for message, _ in heard if isinstance(message, TurnStarted))
        assert begun.turn.patches == (InForceFrom(start=0, set=set),)
        schedule = await schedule_of(it, generated(other)[0])
        for position in range(1, len(other.ids)):
            await the_same(it, patched, position, other.ids, schedule)


async def test_switched_while_it_streams(bench: OpenBench) -> None:
    async with bench() as it:
        id, first, second = await new(it), steer(it), steer(it, 1)
        heard = await switched(it, id, "The cat sat", first, [second, second, None])
        told = [message for message, _ in heard if isinstance(message, PatchesSwitched)]
        conversation = it.conversations.get(id)
        (turn,) = generated(conversation)
        assert [one.set for one in turn.patches] == [first, second, None]
        assert [(one.start, one.set) for one in told] == [(one.start, one.set) for one in turn.patches[1:]]
        assert turn.patches[0].start == 0
        assert turn.start <= turn.patches[1].start < turn.patches[2].start < turn.end
        schedule = await schedule_of(it, turn)
        for position in (1, turn.start, turn.patches[1].start, turn.patches[1].start + 1, len(conversation.ids) - 1):
            await the_same(it, id, position, conversation.ids, schedule)
        before = [message.start for message, _ in heard if isinstance(message, Tokens) and message.lens]
        where = [index for index, (message, _) in enumerate(heard) if isinstance(message, PatchesSwitched)]
        assert where, before


async def test_an_earlier_turn_keeps_the_numbers_that_it_was_said_with(bench: OpenBench) -> None:
    async with bench() as it:
        id, set = await new(it), steer(it)
        await said(it, id, "The cat sat", set)
        before = [await lens(it, id, position) for position in range(1, len(it.conversations.get(id).ids))]
        await said(it, id, " on the mat", None)
        conversation = it.conversations.get(id)
        first, second = generated(conversation)
        for position, rows in enumerate(before, 1):
            assert (await lens(it, id, position)).rows == rows.rows
        for position in range(first.end, len(conversation.ids)):
            await the_same(it, id, position, conversation.ids, UNCHANGED)
        # The keys that the second turn read are the model's own, at the first turn's tokens, too.
        state = it.lab.states.get(id)
        assert state is not None
        plain = await recomputed(it, conversation.ids[: len(state)], UNCHANGED)
        torch.testing.assert_close(state.resid, plain.resid, atol=1e-4, rtol=1e-3)
        assert second.recomputed == first.end - 1


async def test_a_heat_map_has_each_turns_own_columns(bench: OpenBench) -> None:
    async with bench() as it:
        id, set = await new(it), steer(it)
        await said(it, id, "The cat sat", set)
        await said(it, id, " on the mat", None)
        await said(it, id, " and", set)
        conversation = it.conversations.get(id)
        file, etag = await it.conversations.grid(id, GridQuery())
        arrays = load(file)
        assert arrays["ids"].tolist() == list(conversation.ids)
        for position in range(1, len(conversation.ids)):
            rows = await lens(it, id, position)
            expected = [np.nan if row.logprob is None else row.logprob for row in rows.rows]
            np.testing.assert_allclose(arrays["target_logprob"][:, position], expected, atol=2e-3)
        starts = [turn.start for turn in generated(conversation)]
        ends = [turn.end - 1 for turn in generated(conversation)]
        head, _ = opened(file)
        assert starts[0] > 0
        assert head.patches == (
            InForceFrom(start=0, set=set),
            InForceFrom(start=ends[0], set=None),
            InForceFrom(start=ends[1], set=set),
        )
        assert await it.conversations.etag(id, GridQuery()) == etag
        plain = await new(it)
        await said(it, plain, "The cat sat", None)
        short = GridQuery(end=3)
        assert await it.conversations.etag(id, short) != await it.conversations.etag(plain, short)


async def test_another_server_has_the_same_numbers(bench: OpenBench, tmp_path: Path) -> None:
    async with bench(home=tmp_path / "home") as it:
        id, first, second = await new(it), steer(it), steer(it, 1, scope=Generated())
        await switched(it, id, "The cat sat", first, [second])
        await said(it, id, " on the mat", None)
        n_tokens = len(it.conversations.get(id).ids)
        before = [await lens(it, id, position) for position in range(1, n_tokens)]
    async with bench(home=tmp_path / "home") as it:
        for position, rows in enumerate(before, 1):
            again = await lens(it, id, position)
            for one, other in zip(again.rows, rows.rows, strict=True):
                assert one.logprob == pytest.approx(other.logprob, abs=2e-3)


async def test_generated_is_every_token_that_the_model_wrote(bench: OpenBench, tmp_path: Path) -> None:
    """In all turns: while the last one is said, on a click, in a trace, and on another server; what an earlier turn
    computed serves the next."""
    async with bench(home=tmp_path / "home") as it:
        id, set = await new(it), steer(it, scope=Generated())
        for text in ("The cat sat", " on the", " mat"):
            heard = await said(it, id, text, set)
        conversation = it.conversations.get(id)
        turns = generated(conversation)
        (begun,) = (message for message, _ in heard if isinstance(message, TurnStarted))
        assert begun.reused == turns[1].end - 1
        (acted,) = (await PatchActs(it.lab, it.conversations).of_conversation(id)).members
        computed = len(conversation.ids) - 1
        assert acted.spans == tuple((turn.start, min(turn.end, computed)) for turn in turns)
        schedule = await schedule_of(it, turns[2], tuple((turn.start, turn.end) for turn in turns[:2]))
        traces = Traces(it.lab, it.models, it.sets)
        trace = (await traces.create(NewTrace(conversation=id, patches=set))).hash
        for position in range(1, len(conversation.ids)):
            await the_same(it, id, position, conversation.ids, schedule)
            query = ReadLens(type="read_lens", id=1, trace=trace, position=position, read="for", k=5)
            clicked, traced = await lens(it, id, position), await traces.read_lens(query)
            for one, other in zip(clicked.rows, traced.rows, strict=True):
                assert one.logprob == pytest.approx(other.logprob, abs=2e-3)
    async with bench(home=tmp_path / "home") as it:
        schedule = await schedule_of(it, turns[2], tuple((turn.start, turn.end) for turn in turns[:2]))
        for position in range(1, len(conversation.ids)):
            await the_same(it, id, position, conversation.ids, schedule)


async def test_patches_of_two_conversations_do_not_mix(bench: OpenBench) -> None:
    async with bench() as it:
        sets = [None, steer(it), steer(it, 1), steer(it, 2, scope=Generated())]
        alone = [await new(it) for _ in sets]
        for id, set in zip(alone, sets, strict=True):
            await said(it, id, "The cat sat", set, LONG)
        together = [await new(it) for _ in sets]
        await asyncio.gather(*(said(it, id, "The cat sat", set, LONG) for id, set in zip(together, sets, strict=True)))
        for one, other in zip(alone, together, strict=True):
            assert it.conversations.get(one).ids == it.conversations.get(other).ids


async def test_what_is_not_here_begins_no_turn(bench: OpenBench) -> None:
    async with bench() as it:
        id = await new(it)
        with pytest.raises(NotFound, match="no set of patches 'feed"):
            await it.conversations.send(id, "The cat", SHORT, patches="feedfeedfeedfeed")
        wide = keep(it, Ablate(direction=packed([1.0, 2.0])))
        with pytest.raises(Incompatible, match="2 dimensions"):
            await it.conversations.send(id, "The cat", SHORT, patches=wide)
        absent = keep(it, Clamp(site="L1.resid_post", sae="0" * 64, feature=1, value=3.0))
        with pytest.raises(NotFound):
            await it.conversations.send(id, "The cat", SHORT, patches=absent)
        assert it.conversations.get(id).ids == ()
        assert it.lab.turns == 0
        heard = await switched(it, id, "The cat", None, [])
        assert isinstance(heard[-1].message, TurnEnded)
        await it.conversations.switch_patches(id, steer(it))
        assert generated(it.conversations.get(id))[0].patches == (), "no turn runs"


async def test_a_switch_that_fails_leaves_the_turn_as_it_was(bench: OpenBench) -> None:
    async with bench() as it:
        id = await new(it)
        absent = keep(it, Clamp(site="L1.resid_post", sae="0" * 64, feature=1, value=3.0))
        reader = it.hub.subscribe(topic_of(id))
        await it.conversations.send(id, "The cat", LONG)
        with pytest.raises(NotFound):
            await it.conversations.switch_patches(id, absent)
        ended = (await heard_until_end(reader))[-1].message
        reader.close()
        assert isinstance(ended, TurnEnded)
        assert (ended.turn.patches, ended.turn.reason) == ((), "length")


async def test_a_set_of_strength_nought_changes_no_token(bench: OpenBench) -> None:
    async with bench() as it:
        one, other = await new(it), await new(it)
        nought = steer(it, strength=0)
        await said(it, one, "The cat sat", None, LONG)
        await said(it, other, "The cat sat", nought, LONG)
        assert it.conversations.get(one).ids == it.conversations.get(other).ids
        assert generated(it.conversations.get(other))[0].patches[0].set == nought
        heard = await said(it, other, " on", None)
        begun = next(message for message, _ in heard if isinstance(message, TurnStarted))
        assert begun.turn.recomputed == 0, "nothing was changed, so nothing is computed again"


async def test_a_branch_goes_on_from_what_was_said(bench: OpenBench) -> None:
    async with bench() as it:
        id, set = await new(it), steer(it)
        await said(it, id, "The cat sat", set)
        await said(it, id, " on the mat", None)
        first, _ = generated(it.conversations.get(id))
        branch = await it.conversations.branch(id, Branch(position=first.end - 2))
        assert generated(branch)[0].patches == first.patches
        schedule = await schedule_of(it, first)
        for position in range(1, len(branch.ids)):
            await the_same(it, branch.id, position, branch.ids, schedule)


async def test_deleting_forgets_every_state(bench: OpenBench) -> None:
    async with bench() as it:
        id, set = await new(it), steer(it)
        await said(it, id, "The cat sat", set)
        await said(it, id, " on the mat", None)
        await lens(it, id, 2)
        assert len([key for key in it.lab.states if key.startswith(id)]) == 2
        await it.conversations.delete(id)
        assert not [key for key in (*it.lab.states, *it.lab.recipes) if key.startswith(id)]


async def test_a_bundle_takes_the_sets_along_and_the_numbers_are_the_same(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        id, first, second = await new(it), steer(it), steer(it, 1)
        await switched(it, id, "The cat sat", first, [second])
        await said(it, id, " on the mat", None)
        n_tokens = len(it.conversations.get(id).ids)
        before = [await lens(it, id, position) for position in range(1, n_tokens)]
        third = steer(it, 2)
        sent = (await views(it).export_conversation(id, {"patches": third})).model_dump_json()
    async with bench(home=tmp_path / "other") as it:
        bundle = Bundle.model_validate_json(sent)
        assert {one.hash for one in bundle.patch_sets} == {first, second, third}
        await views(it).import_bundle(bundle)
        for position, rows in enumerate(before, 1):
            for one, other in zip((await lens(it, id, position)).rows, rows.rows, strict=True):
                assert one.logprob == pytest.approx(other.logprob, abs=2e-3)
        with pytest.raises(Invalid, match="lacks the set of patches"):
            await views(it).import_bundle(bundle.model_copy(update={"patch_sets": bundle.patch_sets[:1]}))
        for starts in ([0, 1], [0, 4, 4], [10_000]):
            (chat,) = bundle.conversations
            odd = tuple(InForceFrom(start=start, set=first) for start in starts)
            turns = tuple(
                turn.model_copy(update={"patches": odd}) if turn.sampling is not None else turn for turn in chat.turns
            )
            changed = chat.model_copy(update={"turns": turns})
            with pytest.raises(Invalid, match="was said under patches from"):
                await views(it).import_bundle(bundle.model_copy(update={"conversations": (changed,)}))


@pytest.mark.parametrize("then", [[], [1], [1, None]], ids=["one set", "another", "another, then none"])
async def test_a_trace_of_a_conversation_is_under_its_patches(bench: OpenBench, then: list[int | None]) -> None:
    """The same numbers, also where a set was put in the place of another; asked for without any, it is the model's."""
    async with bench() as it:
        id, first = await new(it), steer(it, scope=Generated())
        others = [None if seed is None else steer(it, seed, scope=Generated()) for seed in then]
        await switched(it, id, "The cat sat", first, others)
        n_tokens = len(it.conversations.get(id).ids)
        run = await it.traces.create(NewTrace(conversation=id))
        turn = generated(it.conversations.get(id))[0]
        assert (run.patches, run.schedule) == ((None, turn.patches) if then else (first, None))
        queries = [
            ReadLens(id=1, trace=run.hash, position=position, read="for", k=5) for position in range(1, n_tokens)
        ]
        for position, query in enumerate(queries, 1):
            said_there, read = await lens(it, id, position), await it.traces.read_lens(query)
            for one, other in zip(said_there.rows, read.rows, strict=True):
                assert one.logprob == pytest.approx(other.logprob, abs=2e-3)
        rows = [await it.traces.read_lens(query) for query in queries]
        it.lab.states.drop(f"trace:{run.hash}")
        again = [await it.traces.read_lens(query) for query in queries]
        assert [one.rows for one in again] == [one.rows for one in rows]
        plain = await it.traces.create(NewTrace(conversation=id, patches=None))
        assert (plain.patches, plain.schedule) == (None, None)
        bundle = await views(it).export_trace(run.hash, {})
        assert {one.hash for one in bundle.patch_sets} == {one.set for one in turn.patches if one.set}
        assert (await views(it).import_bundle(bundle)).traces == (run.hash,)


async def test_what_was_said_before_there_were_patches_is_read(bench: OpenBench) -> None:
    async with bench() as it:
        id = await new(it)
        await said(it, id, "The cat sat", None)
        record = find(it.lab.database, id)
        assert record is not None
        older = [{key: value for key, value in turn.items() if key != "patches"} for turn in record.turns]
        change(it.lab.database, id, turns=older)
        assert generated(it.conversations.get(id))[0].patches == ()
        assert (await it.traces.create(NewTrace(conversation=id))).ids == it.conversations.get(id).ids


async def test_features_and_colours_are_of_what_was_computed(bench: OpenBench) -> None:
    async with bench() as it:
        sae = dense("L2.resid_post", 2)
        _, readings = shelved(it, late=sae)
        id, set = await new(it), steer(it)
        await said(it, id, "The cat sat", set)
        await said(it, id, " on the mat", None)
        conversation = it.conversations.get(id)
        first, second = generated(conversation)
        patched = await recomputed(it, conversation.ids[: first.end], await schedule_of(it, first))
        plain = await recomputed(it, conversation.ids, UNCHANGED)
        expected = torch.cat([patched.resid[3, : first.end - 1], plain.resid[3, first.end - 1 : second.end - 1]])
        acts = sae.acts(sae.normalized(expected, (len(expected),)))
        feature = int(acts.amax(0).argmax())
        colored = await readings.color(ColorByFeature(id=1, conversation=id, sae="late", feature=feature))
        assert colored.activations == pytest.approx(acts[:, feature].tolist(), abs=2e-3)
        for position in (1, first.end - 2, second.end - 2):
            panel = await readings.read(ReadFeatures(id=2, conversation=id, position=position, k=50))
            read = {one.index: one.activation for one in panel.readings[0].features}
            assert read.get(feature, 0) == pytest.approx(float(acts[position, feature]), abs=2e-3)
