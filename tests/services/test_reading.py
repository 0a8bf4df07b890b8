from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from microscope.core.lens import Grid, read
from microscope.core.tuning import identity
from microscope.engine.model import Model
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.services.hub import topic_of
from microscope.services.reading import grid_arrays
from microscope.store.files import Folder
from microscope.store.lenses import FILE, Lenses
from microscope.wire.conversations import Branch, NewConversation, Sampling
from microscope.wire.frames import index_dtype
from microscope.wire.lenses import GridHead, GridQuery, LensRows, ReadLens
from microscope.wire.traces import NewTrace, Trace

from .conftest import Bench, OpenBench
from .test_conversations import say

pytestmark = pytest.mark.anyio

TEXT = "The capital of France is Paris. The cat sat on the mat"


async def trace_of(it: Bench, text: str = TEXT) -> Trace:
    return await it.traces.create(NewTrace(text=text))


async def rows(it: Bench, trace: Trace, position: int, **more: Any) -> LensRows:
    return await it.traces.read_lens(ReadLens(id=1, trace=trace.hash, position=position, **more))


def opened(content: bytes) -> tuple[GridHead, dict[str, np.ndarray]]:
    length = int.from_bytes(content[:8], "little")
    return GridHead.model_validate_json(json.loads(content[8 : 8 + length])["__metadata__"]["message"]), load(content)


@pytest.mark.parametrize("shape", ["gpt2", "llama", "qwen3"])
async def test_rows_are_those_of_a_plain_forward_pass(
    bench: OpenBench, tiny_model: Callable[..., Model], shape: str
) -> None:
    async with bench(shape) as it:
        trace = await trace_of(it)
        model = tiny_model(shape)
        plain = model.trace(trace.ids)
        for position in (1, 7, len(trace.ids) - 1):
            told = await rows(it, trace, position, k=5)
            resid = plain.resid[:, position - 1]
            expected = read(resid, model.unembed, resid[-1], trace.ids[position], k=5)
            assert [row.layer for row in told.rows] == ["embed", 0, 1, 2]
            assert [list(row.ids) for row in told.rows] == expected.ids.tolist()
            assert torch.allclose(torch.tensor([row.logprobs for row in told.rows]), expected.logprobs, atol=1e-4)
            assert torch.allclose(torch.tensor([row.kl_to_last for row in told.rows]), expected.kl_to_last, atol=1e-4)
            assert [row.rank for row in told.rows] == expected.rank.tolist()
            assert told.actual == trace.ids[position]


async def test_a_click_runs_no_forward_pass(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        before = it.lab.counts
        for position in (0, 1, 5):
            for component in ("resid", "attn_out", "mlp_out"):
                assert (await rows(it, trace, position, component=component)).computed == "kept"
                query = ReadLens(id=1, conversation=id, position=position, component=component, k=20)
                assert (await it.conversations.read_lens(query)).computed == "kept"
        await it.conversations.grid(id, GridQuery())
        await it.traces.grid(trace.hash, GridQuery(read="after"))
        assert it.lab.counts == before


async def test_the_first_token_has_no_reading_for_it(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        told = await rows(it, trace, 0)
        assert (told.rows, told.actual) == ((), None)
        assert len((await rows(it, trace, 0, read="after")).rows) == 4


async def test_after_a_token_is_for_the_next_one(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        after, before = await rows(it, trace, 4, read="after"), await rows(it, trace, 5)
        assert after.rows == before.rows
        assert after.actual == before.actual == trace.ids[5]


async def test_after_the_last_token_of_a_turn_costs_one_counted_step_once(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        last = len(it.conversations.get(id).ids) - 1
        query = ReadLens(id=1, conversation=id, position=last, read="after")
        before = it.lab.counts
        told = await it.conversations.read_lens(query)
        assert (told.computed, told.actual, told.rows[0].rank, told.rows[0].logprob) == ("step", None, None, None)
        assert it.lab.counts.positions_computed - before.positions_computed == 1
        assert it.lab.counts.forwards - before.forwards == 1
        assert (await it.conversations.read_lens(query)).computed == "kept"
        heard = await say(it, id, "And then?")
        assert it.conversations.get(id).turns[-1].recomputed == 0
        assert heard


async def test_an_evicted_state_is_rebuilt_to_the_bit_and_said_so(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        await say(it, id, "And the cat?")
        query = ReadLens(id=1, conversation=id, position=20)
        kept = await it.conversations.read_lens(query)
        it.lab.states.budget_bytes = 0
        it.lab.states.trim()
        assert id not in it.lab.states
        before = it.lab.counts.positions_computed
        rebuilt = await it.conversations.read_lens(query)
        assert (kept.computed, rebuilt.computed) == ("kept", "rebuilt")
        assert kept.original
        assert rebuilt.original
        assert rebuilt.rows == kept.rows
        assert it.lab.counts.positions_computed - before == len(it.conversations.get(id).ids) - 1
        assert await it.conversations.read_lens(query) == rebuilt.model_copy(update={"computed": "kept"})


def evict(it: Bench, key: str) -> None:
    budget, it.lab.states.budget_bytes = it.lab.states.budget_bytes, 0
    it.lab.states.trim()
    it.lab.states.budget_bytes = budget
    assert key not in it.lab.states


async def read_all(it: Bench, id: str, length: int) -> list[LensRows]:
    """What follows each of the first tokens."""
    asked = (ReadLens(id=1, conversation=id, position=position, read="after") for position in range(length))
    return [await it.conversations.read_lens(query) for query in asked]


@pytest.mark.parametrize("shape", ["gpt2", "llama", "qwen3"])
async def test_a_turn_after_eviction_finds_the_same_bits(bench: OpenBench, shape: str) -> None:
    async with bench(shape) as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        await say(it, id, "And the cat?")
        held = len(it.conversations.get(id).ids) - 1
        first = await read_all(it, id, held)
        evict(it, id)
        before = it.lab.counts.positions_computed
        await say(it, id, "And then?")
        conversation = it.conversations.get(id)
        assert conversation.turns[-1].recomputed == held
        assert it.lab.counts.positions_computed - before == len(conversation.ids) - 1
        assert await read_all(it, id, held) == first
        assert all(one.original for one in first)


async def test_a_rebuild_that_is_broken_off_goes_on_to_the_same_bits(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        held = len(it.conversations.get(id).ids) - 1
        first = await read_all(it, id, held)
        evict(it, id)
        before = it.lab.counts.positions_computed
        await it.conversations.send(id, "And then?", Sampling())
        while it.lab.counts.positions_computed == before:
            await asyncio.sleep(0)
        await it.conversations.stop(id)
        assert before < it.lab.counts.positions_computed < before + held, "stopped between two passes"
        again = await read_all(it, id, held)
        assert [(one.rows, one.original) for one in again] == [(one.rows, True) for one in first]


async def test_a_branch_of_an_evicted_conversation_begins_with_the_same_bits(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        length = len(it.conversations.get(id).ids) - 3
        first = await read_all(it, id, length)
        evict(it, id)
        branch = await it.conversations.branch(id, Branch(position=length))
        again = await read_all(it, branch.id, length)
        assert [one.rows[0].logprobs for one in again] == [one.rows[0].logprobs for one in first]
        assert [one.rows for one in again[:-1]] == [one.rows for one in first[:-1]]
        assert all(one.original for one in again)


async def test_after_a_restart_readings_say_that_they_were_computed_in_another_way(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        held = len(it.conversations.get(id).ids) - 1
        first = await read_all(it, id, held)
    async with bench() as it:
        again = await read_all(it, id, held)
        assert [one.computed for one in again] == ["rebuilt", *["kept"] * (held - 1)]
        assert not any(one.original for one in again)
        for before, after in zip(first, again, strict=True):
            for one, other in zip(before.rows, after.rows, strict=True):
                assert one.entropy == pytest.approx(other.entropy, abs=1e-4)
        content, _ = await it.conversations.grid(id, GridQuery(end=held))
        assert not opened(content)[0].original
        evict(it, id)
        await say(it, id, "And then?")
        length = len(it.conversations.get(id).ids) - 1
        assert [one.original for one in await read_all(it, id, length)] == [False] * held + [True] * (length - held)
        content, _ = await it.conversations.grid(id, GridQuery(start=held + 1))
        assert opened(content)[0].original


async def test_a_turn_after_eviction_says_what_was_computed_again(bench: OpenBench) -> None:
    async with bench(state_budget_bytes=0) as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        held = len(it.conversations.get(id).ids)
        assert id not in it.lab.states
        await say(it, id, "More")
        assert it.conversations.get(id).turns[-1].recomputed == held - 1


async def test_a_branch_that_was_never_computed_can_be_read(bench: OpenBench) -> None:
    async with bench(state_budget_bytes=0) as it:
        trace = await trace_of(it)
        assert not it.traces.get(trace.hash).resident or it.lab.states
        it.lab.states.trim()
        assert not it.traces.get(trace.hash).resident
        told = await asyncio.gather(*(rows(it, trace, position) for position in (3, 4, 5)))
        assert "rebuilt" in {one.computed for one in told}


async def test_the_newest_token_can_be_read_while_the_turn_runs(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation(mode="text"))).id
        reader = it.hub.subscribe(topic_of(id))
        before = it.lab.counts.positions_computed
        await it.conversations.send(id, "The cat", Sampling(temperature=2.0, max_new_tokens=100))
        for _ in range(4):
            await anext(reader)
        length = len(it.conversations.get(id).ids)
        told = await it.conversations.read_lens(ReadLens(id=1, conversation=id, position=length - 1, read="after"))
        assert told.computed in ("kept", "step")
        assert len(told.rows) == 4
        content, _ = await it.conversations.grid(id, GridQuery(read="after"))
        assert opened(content)[0].computed == "kept"
        await it.conversations.stop(id)
        ids = it.conversations.get(id).ids
        assert it.lab.counts.positions_computed - before <= len(ids)


async def test_a_position_that_is_not_there_is_refused(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        with pytest.raises(Invalid, match=f"{len(trace.ids)} tokens"):
            await rows(it, trace, len(trace.ids))
        with pytest.raises(Invalid, match="exactly one"):
            await it.traces.read_lens(ReadLens(id=1, position=1))
        with pytest.raises(Invalid, match="exactly one"):
            await it.conversations.read_lens(ReadLens(id=1, position=1, trace="a", conversation="b"))
        with pytest.raises(NotFound):
            await it.traces.read_lens(ReadLens(id=1, position=1, trace="0" * 16))


# ── Heat maps ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("component", ["resid", "attn_out", "mlp_out"])
async def test_a_heat_map_is_its_rows(bench: OpenBench, component: Any) -> None:
    async with bench("qwen3") as it:
        trace = await trace_of(it)
        head, arrays = opened((await it.traces.grid(trace.hash, GridQuery(component=component)))[0])
        assert (head.computed, head.n_layers) == ("kept", 3)
        assert arrays["ids"].tolist() == list(trace.ids)
        assert arrays["top_ids"].shape == (4 if component == "resid" else 3, len(trace.ids))
        for position in (1, 6):
            told = await rows(it, trace, position, component=component)
            for row, one in enumerate(told.rows):
                assert arrays["top_ids"][row, position] == one.ids[0]
                assert arrays["rank"][row, position] == one.rank
                assert arrays["target_logprob"][row, position] == pytest.approx(one.logprob, abs=1e-3)
                assert arrays["top_logprob"][row, position] == pytest.approx(one.logprobs[0], abs=1e-2)
                assert arrays["entropy"][row, position] == pytest.approx(one.entropy, abs=1e-2)
                assert arrays["kl_to_last"][row, position] == pytest.approx(one.kl_to_last, abs=1e-3, rel=1e-3)


async def test_a_cell_takes_14_bytes_where_ids_have_16_bits(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        _, arrays = opened((await it.traces.grid(trace.hash, GridQuery()))[0])
        assert sum(array.itemsize for array in arrays.values() if array.ndim == 2) == 14
        assert {arrays[name].dtype for name in ("ids", "top_ids", "rank")} == {np.dtype(np.uint16)}


def test_ids_have_16_bits_up_to_a_vocabulary_of_65_536() -> None:
    assert [index_dtype(d_vocab) for d_vocab in (380, 65_536, 65_537)] == [np.uint16, np.uint16, np.uint32]
    one = torch.zeros(2, 1, dtype=torch.long)
    piece = Grid(one + 7, one.float(), one.float(), one.float(), torch.tensor([[-1], [65_535]]), one.float())
    arrays = grid_arrays([piece], 2, 65_536, first_is_missing=False)
    assert arrays["top_ids"].dtype == np.uint16
    assert arrays["rank"].tolist() == [[0xFFFFFFFF], [65_535]]


async def test_what_has_no_reading_is_nan_and_never_a_number(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        _, before = opened((await it.traces.grid(trace.hash, GridQuery()))[0])
        assert np.isnan(before["entropy"][:, 0]).all()
        assert (before["rank"][:, 0] == 0xFFFF).all()
        _, after = opened((await it.traces.grid(trace.hash, GridQuery(read="after")))[0])
        assert np.isnan(after["target_logprob"][:, -1]).all()
        assert not np.isnan(after["entropy"]).any()
        _, first = opened((await it.traces.grid(trace.hash, GridQuery(end=1)))[0])
        assert first["kl_to_last"].shape == (4, 1)


async def test_a_span_and_a_followed_token(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        _, whole = opened((await it.traces.grid(trace.hash, GridQuery(target=50)))[0])
        _, part = opened((await it.traces.grid(trace.hash, GridQuery(target=50, start=3, end=6)))[0])
        assert np.allclose(part["target_logprob"], whole["target_logprob"][:, 3:6], atol=1e-4)
        with pytest.raises(Invalid, match="start < end"):
            await it.traces.grid(trace.hash, GridQuery(start=3, end=3))
        with pytest.raises(Invalid, match="vocabulary"):
            await it.traces.grid(trace.hash, GridQuery(target=10**6))


async def test_the_etag_changes_with_what_is_read_and_only_then(bench: OpenBench) -> None:
    async with bench() as it:
        trace, other = await trace_of(it), await trace_of(it, TEXT + " again")
        queries = [GridQuery(), GridQuery(read="after"), GridQuery(end=4), GridQuery(target=3), GridQuery(start=1)]
        tags = [await it.traces.etag(trace.hash, query) for query in queries]
        assert len(set(tags)) == len(tags)
        assert (await it.traces.grid(trace.hash, queries[1]))[1] == tags[1]
        assert await it.traces.etag(other.hash, GridQuery()) not in tags
        assert await it.traces.etag(trace.hash, GridQuery()) == tags[0]


# ── The tuned lens ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_lens_beside_the_model_that_does_not_fit_is_not_offered_and_says_why(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    copytree(tiny_folder("gpt2"), folder)
    foreign = Lenses(Folder(tmp_path / "elsewhere")).write("ab" * 32, identity(3, 64))
    copy(foreign, folder / FILE)
    async with bench(folder=folder) as it:
        trace = await trace_of(it)
        assert it.models.info().lenses == ("logit",)
        for ask in (rows(it, trace, 5, lens="tuned"), it.traces.grid(trace.hash, GridQuery(lens="tuned"))):
            with pytest.raises(Incompatible, match=f"{'ab' * 32}.*{trace.weights_sha256}.*fit-lens"):
                await ask
        own = Lenses(Folder(tmp_path / "elsewhere")).write(trace.weights_sha256, identity(3, 64))
        copy(own, folder / FILE)
        assert it.models.info().lenses == ("logit", "tuned")
        assert (await rows(it, trace, 5, lens="tuned")).rows == (await rows(it, trace, 5)).rows


async def test_a_tuned_lens_that_is_the_identity_reads_as_the_logit_lens(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await trace_of(it)
        with pytest.raises(NotFound, match="fit-lens"):
            await rows(it, trace, 5, lens="tuned")
        it.lab.lenses.write(trace.weights_sha256, identity(3, 64))
        assert it.models.info().lenses == ("logit", "tuned")
        assert (await rows(it, trace, 5, lens="tuned")).rows == (await rows(it, trace, 5)).rows
        tags = {await it.traces.etag(trace.hash, GridQuery(lens=lens)) for lens in ("logit", "tuned")}
        assert len(tags) == 2
        with pytest.raises(Incompatible, match="attn_out"):
            await rows(it, trace, 5, lens="tuned", component="attn_out")
