from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from microscope.errors import Invalid, NotFound, TooLarge
from microscope.wire.conversations import NewConversation
from microscope.wire.lenses import ReadLens
from microscope.wire.models import LoadModel
from microscope.wire.traces import NewTrace

from .conftest import OpenBench
from .test_conversations import say

pytestmark = pytest.mark.anyio


async def test_the_same_text_has_the_same_name_and_is_run_once(bench: OpenBench) -> None:
    async with bench() as it:
        first = await it.traces.create(NewTrace(text="The cat sat"))
        before = it.lab.counts
        assert await it.traces.create(NewTrace(ids=first.ids)) == first
        assert it.lab.counts == before
        assert first.resident
        assert set(first.roles) == {"text"}
        assert (await it.traces.create(NewTrace(text="The cat sat."))).hash != first.hash


async def test_a_models_traces_are_listed_the_last_kept_first(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench() as it:
        hashes = [(await it.traces.create(NewTrace(text=text))).hash for text in ("A cat", "A dog", "A bird")]
        slug = it.traces.get(hashes[0]).model
        other = (await it.models.load(LoadModel(model=str(tiny_folder("llama"))))).slug
        await it.traces.create(NewTrace(text="A cat", model=other))
        rows = it.traces.list(slug, 2)
        assert [row.hash for row in rows] == [hashes[2], hashes[1]]
        assert rows[0].begins == it.traces.get(hashes[2]).ids[:16]
        assert rows[0].n_tokens == len(it.traces.get(hashes[2]).ids)
        assert it.traces.list("nothing", 2) == ()


async def test_the_same_weights_in_two_folders_name_the_same_traces(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    other = copytree(tiny_folder("gpt2"), tmp_path / "elsewhere" / "copied")
    async with bench() as it:
        here = await it.traces.create(NewTrace(text="The cat sat"))
    async with bench(folder=other, home=tmp_path / "other") as it:
        assert (await it.traces.create(NewTrace(text="The cat sat"))).hash == here.hash


async def test_a_trace_opens_after_a_restart_with_the_same_numbers(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="The cat sat on the mat"))
        query = ReadLens(id=1, trace=trace.hash, position=4)
        before = await it.traces.read_lens(query)
    async with bench() as it:
        again = it.traces.get(trace.hash)
        assert again == trace.model_copy(update={"resident": False})
        after = await it.traces.read_lens(query)
        assert after.rows == before.rows
        assert after.computed == "rebuilt"


async def test_a_conversations_trace_knows_whose_tokens_they_are(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        conversation = it.conversations.get(id)
        trace = await it.traces.create(NewTrace(conversation=id))
        assert trace.ids == conversation.ids
        assert [trace.roles[turn.start] for turn in conversation.turns] == [turn.role for turn in conversation.turns]


async def test_special_tokens_in_a_traced_text_are_special(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="<|user|>\nhi<|end|>"))
        loaded = it.lab.models.get("gpt2")
        assert loaded is not None
        assert set(trace.ids) & loaded.model.special


async def test_what_cannot_be_traced_is_said(bench: OpenBench) -> None:
    async with bench() as it:
        for given, match in (({}, "none"), ({"text": "a", "ids": (1,)}, "text, ids")):
            with pytest.raises(Invalid, match=match):
                await it.traces.create(NewTrace.model_validate(given))
        with pytest.raises(Invalid, match="empty"):
            await it.traces.create(NewTrace(text=" "))
        with pytest.raises(Invalid, match="vocabulary"):
            await it.traces.create(NewTrace(ids=(10**6,)))
        with pytest.raises(TooLarge, match="n_ctx=256"):
            await it.traces.create(NewTrace(text="cat " * 400))
        with pytest.raises(NotFound):
            it.traces.get("../../etc/passwd")
        with pytest.raises(NotFound):
            await it.traces.create(NewTrace(conversation="nothing"))
