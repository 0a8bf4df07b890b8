"""What is read with stays in memory, and what has left leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from microscope.engine.device import Priority
from microscope.engine.state import State
from microscope.errors import Invalid, NoRoom
from microscope.services.lenses import Lenses
from microscope.wire.conversations import Branch, NewConversation, Sampling
from microscope.wire.lenses import GridQuery, ReadLens
from microscope.wire.models import LoadModel, LoadProgress
from microscope.wire.scripts import ChatRequest, LensRequest
from microscope.wire.traces import NewTrace

from .conftest import Bench, OpenBench
from .test_conversations import say

pytestmark = pytest.mark.anyio

Reading = Coroutine[object, object, object]
Reader = Callable[[Bench], Awaitable[Reading]]
"""Prepares a reading, which has not begun."""

TEXT = "The cat sat on the mat. " * 4
ONE_MODEL = 1_000_000
"""A budget for one tiny model, not for two."""


async def traced(it: Bench) -> str:
    return (await it.traces.create(NewTrace(text=TEXT))).hash


async def chatted(it: Bench) -> str:
    id = (await it.conversations.create(NewConversation())).id
    await say(it, id, "Hello there")
    return id


def strays(it: Bench) -> list[str]:
    """States in memory whose model is not."""
    models = [loaded.model for loaded in it.lab.resident]
    return [key for key in it.lab.states if (state := it.lab.states.get(key)) and state.model not in models]


async def create(it: Bench) -> Reading:
    return it.traces.create(NewTrace(text=TEXT))


async def create_of_conversation(it: Bench) -> Reading:
    return it.traces.create(NewTrace(conversation=await chatted(it)))


async def trace_rows(it: Bench) -> Reading:
    return it.traces.read_lens(ReadLens(id=1, trace=await traced(it), position=4))


async def trace_grid(it: Bench) -> Reading:
    return it.traces.grid(await traced(it), GridQuery())


async def conversation_rows(it: Bench) -> Reading:
    return it.conversations.read_lens(ReadLens(id=1, conversation=await chatted(it), position=4))


async def conversation_grid(it: Bench) -> Reading:
    return it.conversations.grid(await chatted(it), GridQuery())


async def branch(it: Bench) -> Reading:
    return it.conversations.branch(await chatted(it), Branch(position=9))


async def script_chat(it: Bench) -> Reading:
    return it.scripts.chat(ChatRequest(text="Hello", sampling=Sampling(max_new_tokens=2)))


async def script_lens(it: Bench) -> Reading:
    return it.scripts.lens(LensRequest(text=TEXT))


async def take(it: Bench) -> Reading:
    async def refused() -> None:
        with pytest.raises(Invalid, match=r"config\.json"):
            await Lenses(it.lab, it.models).take("gpt2", it.lab.settings.home)

    return refused()


READERS = (create, create_of_conversation, trace_rows, trace_grid, conversation_rows, conversation_grid, branch,
           script_chat, script_lens, take)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
async def test_whoever_reads_through_a_model_keeps_it_whenever_others_get_their_turn(
    bench: OpenBench, reader: Reader
) -> None:
    async with bench() as it:
        task = asyncio.ensure_future(await reader(it))
        held: list[bool] = []
        while not task.done():
            await asyncio.sleep(0)
            held.append(it.lab.models.is_pinned("gpt2") or task.done())
        await task
        assert held
        assert all(held)
        assert not it.lab.models.is_pinned("gpt2")


@pytest.mark.parametrize("reader", [trace_rows, trace_grid, conversation_rows, conversation_grid, branch])
async def test_a_state_that_is_read_stays_however_little_room_there_is(bench: OpenBench, reader: Reader) -> None:
    async with bench() as it:
        reading = await reader(it)
        (key,) = it.lab.states
        task = asyncio.ensure_future(reading)
        it.lab.states.budget_bytes = 0
        while not task.done():
            await asyncio.sleep(0)
            it.lab.states.trim()
            assert task.done() or key in it.lab.states
        await task
        it.lab.states.trim()
        assert key not in it.lab.states


@pytest.mark.parametrize("reader", [trace_grid, conversation_grid, branch])
async def test_a_model_that_is_read_stays_and_goes_with_all_its_states_afterwards(
    bench: OpenBench, tiny_folder: Callable[[str], Path], reader: Reader
) -> None:
    async with bench(model_budget_bytes=ONE_MODEL) as it:
        first, second = await reader(it), await reader(it)
        free = Event()
        it.lab.device.submit(Priority.CLICK, free.wait)
        try:
            tasks = [asyncio.ensure_future(first), asyncio.ensure_future(second)]
            with pytest.raises(NoRoom, match="taken by models that are in use"):
                await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        finally:
            free.set()
        await asyncio.gather(*tasks)
        assert not strays(it)
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        assert [loaded.slug for loaded in it.lab.resident] == ["llama"]
        assert not list(it.lab.states)


async def test_a_model_that_is_read_from_now_on_stays_though_it_was_idle_when_the_load_began(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench(model_budget_bytes=ONE_MODEL) as it:
        with ExitStack() as reading:

            def begin(_: LoadProgress) -> None:
                reading.enter_context(it.lab.models.pinned("gpt2"))

            with pytest.raises(NoRoom, match="taken by models that are in use"):
                await it.models.load(LoadModel(model=str(tiny_folder("llama"))), begin)
        assert [loaded.slug for loaded in it.lab.resident] == ["gpt2"]


async def test_no_state_of_a_model_that_has_left_is_put_back(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench(model_budget_bytes=ONE_MODEL) as it:
        gone = it.lab.resident[0].model
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        with pytest.raises(AssertionError, match="has left memory"):
            it.lab.keep_state("late", State(gone))
        assert "late" not in it.lab.states
