from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from microscope.engine.device import Priority
from microscope.errors import Invalid, NoRoom, NotFound, StillLoading, Unavailable
from microscope.wire.conversations import NewConversation
from microscope.wire.lenses import GridQuery, ReadLens
from microscope.wire.models import LoadModel, LoadProgress, ModelInfo
from microscope.wire.traces import NewTrace

from .conftest import OpenBench
from .test_conversations import say

pytestmark = pytest.mark.anyio


async def test_a_loaded_model_is_current_and_described_with_its_badge(bench: OpenBench) -> None:
    async with bench("qwen3") as it:
        info = it.models.info()
        assert it.models.current == info.slug == "qwen3"
        assert (info.n_layers, info.d_model, info.n_heads, info.n_ctx) == (3, 64, 4, 256)
        assert info.parity.ok
        assert [check.name for check in info.parity.checks] == ["logits", "blocks"]
        assert all(check.measured is not None and check.measured <= check.tolerance for check in info.parity.checks)
        of_blocks = [measured for measured in info.parity.checks[1].blocks if measured is not None]
        assert max(of_blocks) == info.parity.checks[1].measured
        assert len(of_blocks) == info.n_layers
        assert info.parity.problems == ()
        assert info.chat
        assert not info.thinking
        assert it.models.list()[0].state == "resident"


async def test_the_badge_names_what_is_off_block_by_block_and_what_to_do(bench: OpenBench, broken_folder: Path) -> None:
    async with bench(folder=broken_folder) as it:
        parity = it.models.info().parity
        logits, blocks = parity.checks
        assert (parity.ok, logits.ok, blocks.ok) == (False, False, False)
        assert (logits.measured, blocks.measured) == (None, None)
        assert [measured is None for measured in blocks.blocks] == [False, True, True]
        assert "From block 1 on" in parity.problems[0]
        assert "download them again" in parity.problems[0]
        assert ModelInfo.model_validate_json(it.models.info().model_dump_json()).parity == parity


async def test_a_reading_that_is_not_finite_is_null_and_those_before_it_are_there(
    bench: OpenBench, broken_folder: Path
) -> None:
    async with bench(folder=broken_folder) as it:
        trace = await it.traces.create(NewTrace(text="The cat sat"))
        answer = await it.traces.read_lens(ReadLens(id=1, trace=trace.hash, position=2))
        assert [(len(row.ids), len(row.logprobs)) for row in answer.rows] == [(10, 10), (10, 10), (0, 0), (0, 0)]
        assert [row.rank is None for row in answer.rows] == [False, False, True, True]
        assert [row.entropy is None for row in answer.rows] == [False, False, True, True]
        assert [row.logprob is None for row in answer.rows] == [False, False, True, True]
        assert {row.kl_to_last for row in answer.rows} == {None}
        grid, _ = await it.traces.grid(trace.hash, GridQuery())
        ranks = load(grid)["rank"]
        assert (ranks[:, 1:] == np.iinfo(ranks.dtype).max).all(axis=1).tolist() == [False, False, True, True]


async def test_loading_tells_of_its_progress_and_a_resident_model_returns_at_once(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench() as it:
        heard: list[LoadProgress] = []
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))), heard.append)
        stages = [progress.stage for progress in heard]
        assert {"find", "weights", "hash", "check"} <= set(stages)
        assert all(progress.done_bytes <= progress.of_bytes for progress in heard)
        heard.clear()
        forwards = it.lab.counts.forwards
        assert (await it.models.load(LoadModel(model=str(tiny_folder("gpt2"))), heard.append)).slug == "gpt2"
        assert heard == []
        assert it.lab.counts.forwards == forwards
        assert it.models.current == "gpt2"


async def test_whoever_asks_for_a_model_that_is_loading_waits_or_is_told_when_to_come_back(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    request = LoadModel(model=str(tiny_folder("llama")))
    async with bench() as it:
        load = asyncio.create_task(it.models.load(request))
        await asyncio.sleep(0)
        assert it.models.loading is not None
        assert it.models.loading.model == request.model
        assert (await it.models.resident()).slug == "gpt2", "the current one is not waited for"
        assert (await it.models.resident("llama")).slug == "llama"
        await load
        assert it.models.loading is None
    async with bench(load_wait_s=0) as it:
        load = asyncio.create_task(it.models.load(request))
        await asyncio.sleep(0)
        with pytest.raises(StillLoading, match=r"llama is loading: find, 0%") as told:
            await it.models.resident("llama")
        assert told.value.retry_after_s
        await load
        assert (await it.models.resident("llama")).slug == "llama"


async def test_the_last_failure_is_kept_until_a_load_succeeds(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        assert it.models.failure is None
        (tmp_path / "empty").mkdir()
        with pytest.raises(Invalid) as raised:
            await it.models.load(LoadModel(model=str(tmp_path / "empty")))
        failure = it.models.failure
        assert failure is not None
        assert (failure.error, failure.next, failure.status) == (raised.value.error, raised.value.next, 400)
        await it.models.load(LoadModel(model=it.models.info().name))
        assert it.models.failure is None


async def test_the_vocabulary_spells_every_token(bench: OpenBench) -> None:
    async with bench() as it:
        arrays = load(it.models.vocabulary("gpt2"))
        loaded = it.lab.models.get("gpt2")
        assert loaded is not None
        spelled = [
            arrays["bytes"][start:end].tobytes()
            for start, end in zip(arrays["offsets"], arrays["offsets"][1:], strict=False)
        ]
        assert spelled == loaded.model.token_bytes
        assert set(np.flatnonzero(arrays["special"])) == set(loaded.model.special)


async def test_the_least_recently_used_model_makes_room_and_comes_back_when_asked_for(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        forwards = it.lab.counts.forwards
        it.lab.models.budget_bytes = 1_000_000  # One of the two, not both.
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        assert [loaded.slug for loaded in it.lab.resident] == ["llama"]
        states = {choice.slug: choice.state for choice in it.models.list()}
        assert (states["llama"], states["gpt2"]) == ("resident", "known")
        assert id not in it.lab.states
        assert it.lab.counts.forwards > forwards
        with pytest.raises(NotFound, match="not loaded"):
            it.models.info("gpt2")
        await say(it, id, "More")
        assert it.conversations.get(id).turns[-1].reason in ("length", "end")


async def test_a_model_that_cannot_fit_is_refused_in_words(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    async with bench() as it:
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        resident, current, info = it.lab.resident, it.models.current, it.models.info()
        assert len(resident) == 2
        it.lab.models.budget_bytes = 500_000
        with pytest.raises(NoRoom, match=r"need 0\.\d MB; .* MICROSCOPE_MODEL_BUDGET_BYTES, is 0\.5 MB\.") as refused:
            await it.models.load(LoadModel(model=str(tiny_folder("qwen3"))))
        assert "MICROSCOPE_MODEL_BUDGET_BYTES" in refused.value.next
        assert (it.lab.resident, it.models.current, it.models.info()) == (resident, current, info)


async def test_a_model_in_use_is_not_evicted_for_another(bench: OpenBench, tiny_folder: Callable[[str], Path]) -> None:
    async with bench() as it:
        it.lab.models.budget_bytes = 1_000_000
        with it.lab.models.pinned("gpt2"), pytest.raises(NoRoom, match="taken by models that are in use"):
            await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        assert (it.models.current, it.models.info().slug) == ("gpt2", "gpt2")
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        assert [loaded.slug for loaded in it.lab.resident] == ["llama"]


async def test_two_folders_of_one_name_and_two_dtypes_have_slugs_of_their_own(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    async with bench() as it:
        shutil.copytree(tiny_folder("llama"), tmp_path / "gpt2")
        other = await it.models.load(LoadModel(model=str(tmp_path / "gpt2")))
        half = await it.models.load(LoadModel(model=str(tiny_folder("gpt2")), dtype="bfloat16"))
        assert half.slug == "gpt2-bfloat16"
        assert half.dtype == "bfloat16"
        assert other.slug.startswith("gpt2-")
        assert len({"gpt2", other.slug, half.slug}) == 3


async def test_a_dtype_that_a_model_has_anyway_makes_no_second_model(
    bench: OpenBench, tiny_folder: Callable[[str], Path]
) -> None:
    """As a run asks for the dtype of its recording, in the server or beside it."""
    named = LoadModel(model=str(tiny_folder("gpt2")), dtype="float32")
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="The cat"))
        assert (await it.models.load(named)).slug == "gpt2"
        async with bench() as beside:
            assert (await beside.models.load(named)).slug == "gpt2"
            half = (await beside.models.load(named.model_copy(update={"dtype": "bfloat16"}))).slug
        assert {choice.slug for choice in it.models.list() if choice.name.endswith("gpt2")} == {"gpt2", half}
        assert it.traces.get(trace.hash).model == "gpt2", "another process has opened another dtype since"
    async with bench() as it:
        assert it.models.info().dtype == "float32"


async def test_what_cannot_be_loaded_is_said_and_changes_nothing(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        (tmp_path / "empty").mkdir()
        for name, error in (("empty", Invalid), ("absent", NotFound)):
            with pytest.raises((error, Unavailable)):
                await it.models.load(LoadModel(model=str(tmp_path / name)))
        with pytest.raises(Invalid, match="has no revision 'abc'"):
            await it.models.load(LoadModel(model=str(tmp_path / "empty"), revision="abc"))
        assert it.models.current == "gpt2"
        assert [choice.slug for choice in it.models.list() if choice.state == "resident"] == ["gpt2"]
        assert not {"empty", "absent"} & {choice.slug for choice in it.models.list()}


async def test_the_status_counts_what_is_held(bench: OpenBench) -> None:
    async with bench() as it:
        status = it.models.status()
        assert status.models_bytes == it.models.info().bytes
        assert status.states_bytes == 0
        assert 0 < status.memory_used_bytes < status.memory_total_bytes
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello")
        after = it.models.status()
        assert after.states_bytes > 0
        assert after.forwards > status.forwards
        assert after.streams == 0
        # What a turn leaves behind is freed by a job of its own; one that is asked later comes after it.
        await it.lab.device.do(Priority.RUN, lambda: None)
        assert it.models.status().waiting == 0
