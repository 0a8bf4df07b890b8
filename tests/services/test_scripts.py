from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from microscope.core.patches.scope import Generated
from microscope.errors import Busy, Invalid, TooLarge
from microscope.wire.conversations import Message, NewConversation, Sampling
from microscope.wire.lenses import ReadLens
from microscope.wire.scripts import ChatRequest, LensRequest
from microscope.wire.traces import NewTrace

from .conftest import OpenBench
from .test_conversations import changed, say
from .test_schedules import said, steer

pytestmark = pytest.mark.anyio

WARM = Sampling(temperature=1.0, seed=3, max_new_tokens=6)


async def test_a_scripts_chat_says_what_a_conversation_says(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there", WARM)
        conversation = it.conversations.get(id)
        before = it.lab.counts.positions_computed
        response = await it.scripts.chat(ChatRequest(text="Hello there", sampling=WARM, k=3))
        assert it.lab.counts.positions_computed - before == len(conversation.ids) - 1
        answer, user = conversation.turns[-1], conversation.turns[1]
        assert tuple(token.id for token in response.tokens) == conversation.ids[answer.start :]
        assert [token.position for token in response.user_tokens] == list(range(user.start, user.end))
        assert "".join(token.text for token in response.user_tokens) == "Hello there"
        told = await it.conversations.read_lens(ReadLens(id=1, conversation=id, position=answer.start, k=3))
        assert [row.layer for row in response.tokens[0].lens] == ["embed", 0, 1, 2]
        for mine, theirs in zip(response.tokens[0].lens, told.rows, strict=True):
            assert [one.id for one in mine.predictions] == list(theirs.ids)
            assert [one.rank for one in mine.predictions] == [0, 1, 2]
            assert mine.rank == theirs.rank
            assert mine.entropy == pytest.approx(theirs.entropy, abs=1e-4)
            assert all(0 <= one.probability <= 1 for one in mine.predictions)


async def test_a_scripts_chat_under_patches_says_what_a_conversation_says(bench: OpenBench) -> None:
    async with bench() as it:
        patches = steer(it, scope=Generated())
        id = (await it.conversations.create(NewConversation())).id
        await said(it, id, "Hello there", patches, WARM)
        conversation = it.conversations.get(id)
        answer = conversation.ids[conversation.turns[-1].start :]
        asked = ChatRequest(text="Hello there", sampling=WARM, k=3, patches=patches)
        response = await it.scripts.chat(asked)
        assert tuple(token.id for token in response.tokens) == answer
        assert response.set == patches
        at = conversation.turns[-1].start + 2
        told = await it.conversations.read_lens(ReadLens(id=1, conversation=id, position=at, k=3))
        mine, theirs = response.tokens[2].lens[-1], told.rows[-1]
        assert [one.id for one in mine.predictions] == list(theirs.ids)
        assert mine.entropy == pytest.approx(theirs.entropy, abs=1e-4)
        plain = await it.scripts.chat(asked.model_copy(update={"patches": ()}))
        assert tuple(token.id for token in plain.tokens) != answer
        assert plain.user_tokens == response.user_tokens, "nothing acts on the prompt"


async def test_messages_are_the_turns_before(bench: OpenBench) -> None:
    async with bench() as it:
        before = (Message(role="user", content="Hello"), Message(role="assistant", content="Hi"))
        response = await it.scripts.chat(ChatRequest(text="And you?", messages=before, sampling=WARM))
        assert "".join(token.text for token in response.user_tokens) == "And you?"
        assert response.user_tokens[0].position > 10


async def test_the_lens_of_a_text_is_that_of_its_trace(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="The cat sat on the mat"))
        response = await it.scripts.lens(LensRequest(text="The cat sat on the mat", k=4))
        assert tuple(token.id for token in response.tokens) == trace.ids
        assert response.tokens[0].lens == ()
        told = await it.traces.read_lens(ReadLens(id=1, trace=trace.hash, position=3, k=4))
        assert [[one.id for one in row.predictions] for row in response.tokens[3].lens] == [
            list(row.ids) for row in told.rows
        ]
        after = await it.scripts.lens(LensRequest(text="The cat", read="after", component="mlp_out"))
        assert [row.layer for row in after.tokens[0].lens] == [0, 1, 2]
        assert after.tokens[-1].lens[0].probability is None


async def test_a_scripts_state_counts_in_the_byte_budget_and_is_gone_with_its_answer(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="The cat sat on the mat"))
        it.lab.states.budget_bytes = it.lab.states.n_bytes + 1
        for asked in (
            it.scripts.lens(LensRequest(text="The dog ran after the cat.")),
            it.scripts.chat(ChatRequest(text="Hello", sampling=WARM)),
        ):
            await it.traces.create(NewTrace(text="The cat sat on the mat"))
            assert it.traces.get(trace.hash).resident
            await asked
            assert not it.traces.get(trace.hash).resident, "it made room"
            assert len(it.lab.states) == 0


async def test_texts_are_read_within_the_limit_of_streams(bench: OpenBench) -> None:
    async with bench(max_streams=2) as it:
        asked = [it.scripts.lens(LensRequest(text="The cat sat on the mat")) for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Busy)]
        assert len(refused) == 3
        assert "MICROSCOPE_MAX_STREAMS" in refused[0].next
        assert it.lab.turns == 0


async def test_thinking_is_the_templates_to_switch(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = changed(
        tiny_folder("gpt2"), tmp_path, lambda old: old + "{% if enable_thinking is false %}<think></think>{% endif %}"
    )
    async with bench(folder=folder) as it:
        starts = [
            (await it.scripts.chat(ChatRequest(text="Hello", thinking=thinking, sampling=WARM))).tokens[0].position
            for thinking in (None, True, False)
        ]
        assert starts[0] == starts[1] < starts[2]


async def test_scripts_mistakes_are_said_and_free_the_device(bench: OpenBench) -> None:
    async with bench(max_prompt_chars=1_000) as it:
        for text, error in ((" ", Invalid), ("\ud800", Invalid), ("x" * 1_001, TooLarge), ("zq " * 330, TooLarge)):
            with pytest.raises(error):
                await it.scripts.chat(ChatRequest.model_construct(text=text, messages=(), model=None, sampling=WARM))
            with pytest.raises(error):
                await it.scripts.lens(LensRequest.model_construct(text=text * 2))
        with pytest.raises(TooLarge, match="max_k"):
            await it.scripts.lens(LensRequest(text="a", k=10_000))
        assert it.lab.turns == 0
        assert (await it.scripts.chat(ChatRequest(text="Hello", sampling=WARM))).tokens
