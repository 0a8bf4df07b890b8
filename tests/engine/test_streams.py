from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import torch

from microscope.core.lens import TunedLens, summary
from microscope.engine.device import Device, Priority
from microscope.engine.generate import Finished, Reading, Request, Step, generate
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.engine.streams import JOBS_AHEAD, STEPS_UNREAD, Streams, Token, one_read_pays, read_tokens
from microscope.errors import Invalid

LoadTiny = Callable[..., Model]


BOTH_WAYS = pytest.mark.parametrize("one_read", [False, True], ids=["lens thread", "one read"])


def run(
    model: Model, scenario: Callable[[Device, Streams], Coroutine[None, None, None]], one_read: bool | None = None
) -> None:
    async def main() -> None:
        device = Device()
        streams = Streams(device, model, one_read=one_read)
        try:
            await scenario(device, streams)
        finally:
            await streams.close()
            device.close()

    asyncio.run(main())


async def collect(streams: Streams, state: State, request: Request) -> list[Token]:
    return [event async for event in streams.generate(state, request) if isinstance(event, Token)]


def request(model: Model, text: str, count: int = 10) -> Request:
    return Request(tuple(model.encode(text)), max_new_tokens=count)


@BOTH_WAYS
def test_every_token_comes_with_the_lens_of_the_pass_that_made_it(
    tiny_model: LoadTiny, main_shape: str, one_read: bool
) -> None:
    model = tiny_model(main_shape)
    wanted = request(model, "The cat sat on")
    steps = [event for event in generate(State(model), wanted) if isinstance(event, Step)]

    async def scenario(_: Device, streams: Streams) -> None:
        tokens = await collect(streams, State(model), wanted)
        assert [token.token_id for token in tokens] == [step.token_id for step in steps]
        for token, step in zip(tokens, steps, strict=True):
            read = summary(step.resid, model.unembed, torch.tensor(step.token_id))
            assert token.position == step.position
            assert token.logprob == (pytest.approx(step.logprob, abs=1e-5) if one_read else step.logprob)
            assert torch.equal(token.lens.ids, read.ids)
            torch.testing.assert_close(token.lens.probabilities, read.probabilities, atol=1e-6, rtol=0)
            torch.testing.assert_close(token.lens.chosen, read.chosen, atol=1e-6, rtol=0)
            assert token.lens.ids[-1, 0] == token.token_id, "the last row is the model's own, greedy, prediction"

    run(model, scenario, one_read)


@BOTH_WAYS
def test_several_conversations_stream_at_once_with_the_same_text_as_alone(tiny_model: LoadTiny, one_read: bool) -> None:
    model = tiny_model("qwen3")
    wanted = [
        request(model, text, count) for text, count in (("The cat", 12), ("Mary and John went to", 7), ("One", 15))
    ]

    async def scenario(_: Device, streams: Streams) -> None:
        before = model.counts.forwards
        together = await asyncio.gather(*(collect(streams, State(model), one) for one in wanted))
        shared = model.counts.forwards - before
        single = [await collect(streams, State(model), one) for one in wanted]
        assert [[token.token_id for token in tokens] for tokens in together] == [
            [token.token_id for token in tokens] for tokens in single
        ]
        assert shared < model.counts.forwards - before - shared

    run(model, scenario, one_read)


@BOTH_WAYS
def test_stop_ends_a_stream_within_one_token(tiny_model: LoadTiny, one_read: bool) -> None:
    model = tiny_model("gpt2")

    async def scenario(device: Device, streams: Streams) -> None:
        seen: list[object] = []
        stopped_at = 0
        async for event in streams.generate(State(model), request(model, "The cat", 200)):
            seen.append(event)
            if len(seen) == 5:
                stopped_at = model.counts.forwards
                streams.stop(1)
        assert seen[-1] == Finished(1, "stopped")
        assert model.counts.forwards <= stopped_at + 1
        await device.do(Priority.TOKEN, lambda: None)
        assert streams.n_open == 0

    run(model, scenario, one_read)


def test_a_reader_who_leaves_stops_the_work_and_nobody_else(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")

    async def scenario(_: Device, streams: Streams) -> None:
        other = asyncio.create_task(collect(streams, State(model), request(model, "The dog", 20)))
        state = State(model)
        stream = streams.generate(state, request(model, "The cat", 200))
        async for event in stream:
            if isinstance(event, Token):
                break
        await stream.aclose()
        assert len(await other) == 20
        assert len(state) < 20
        assert state.settle is None

    run(model, scenario)


def test_a_cancelled_reader_stops_the_work(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")

    async def scenario(_: Device, streams: Streams) -> None:
        state = State(model)
        task = asyncio.create_task(collect(streams, state, request(model, "The cat", 200)))
        while len(state) < 6:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert streams.n_open == 0
        other = await collect(streams, State(model), request(model, "The dog", 5))
        assert len(other) == 5
        assert len(state) < 100

    run(model, scenario)


def test_a_slow_reader_does_not_hold_up_the_others(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")

    async def scenario(_: Device, streams: Streams) -> None:
        slow = streams.generate(State(model), request(model, "The cat", 30))
        assert isinstance(await anext(slow), Reading)
        assert len(await collect(streams, State(model), request(model, "The dog", 30))) == 30
        rest = [event async for event in slow]
        assert sum(isinstance(event, Token) for event in rest) == 30

    run(model, scenario)


def test_clicks_are_answered_while_tokens_stream(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")

    async def scenario(device: Device, streams: Streams) -> None:
        state = State(model)
        clicks = 0
        async for event in streams.generate(state, request(model, "The cat", 20)):
            if isinstance(event, Token):
                resid = await device.do(Priority.CLICK, lambda at=event.position: state.resid[:, at - 1].clone())
                assert torch.equal(model.unembed(resid[-1:])[0].topk(10).indices, event.lens.ids[-1])
                clicks += 1
        assert clicks == 20

    run(model, scenario)


@BOTH_WAYS
def test_a_tuned_lens_is_read_where_it_is_asked_for(tiny_model: LoadTiny, one_read: bool) -> None:
    model = tiny_model("llama")
    identity = TunedLens(torch.zeros(3, 64, 64), torch.zeros(3, 64))
    moved = TunedLens(torch.zeros(3, 64, 64), torch.ones(3, 64))
    wanted = request(model, "The cat", 3)

    async def scenario(_: Device, streams: Streams) -> None:
        async def with_lens(lens: TunedLens | None) -> list[Token]:
            stream = streams.generate(State(model), wanted, lens)
            return [event async for event in stream if isinstance(event, Token)]

        plain, same, other = await asyncio.gather(with_lens(None), with_lens(identity), with_lens(moved))
        for a, b, c in zip(plain, same, other, strict=True):
            torch.testing.assert_close(a.lens.probabilities, b.lens.probabilities, atol=1e-6, rtol=0)
            assert not torch.allclose(a.lens.probabilities[:-1], c.lens.probabilities[:-1])
            torch.testing.assert_close(a.lens.probabilities[-1], c.lens.probabilities[-1], atol=1e-6, rtol=0)

    run(model, scenario, one_read)


def slowed(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The lens thread takes so much longer for every step."""

    def slowly(*args: Any) -> list[Token]:
        time.sleep(seconds)
        return read_tokens(*args)

    monkeypatch.setattr("microscope.engine.streams.read_tokens", slowly)


def test_who_leaves_while_a_lens_waits_takes_nobody_along(
    tiny_model: LoadTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("gpt2")
    slowed(monkeypatch, 0.02)

    async def scenario(_: Device, streams: Streams) -> None:
        for _round in range(5):
            leaver = asyncio.create_task(collect(streams, State(model), request(model, "The cat", 200)))
            others = [
                asyncio.create_task(collect(streams, State(model), request(model, text, 12)))
                for text in ("The dog", "The cat sat on " * 8)
            ]
            await asyncio.sleep(0.15)
            leaver.cancel()
            assert [len(await other) for other in others] == [12, 12]

    run(model, scenario, one_read=False)


def test_the_decoder_waits_for_a_lens_that_is_behind(tiny_model: LoadTiny, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("gpt2")
    slowed(monkeypatch, 0.03)

    async def scenario(_: Device, streams: Streams) -> None:
        before, seen = model.counts.forwards, 0
        async for event in streams.generate(State(model), request(model, "The cat", 20)):
            seen += isinstance(event, Token)
            # One more is being read.
            assert model.counts.forwards - before <= seen + STEPS_UNREAD + JOBS_AHEAD + 1
        assert seen == 20

    run(model, scenario, one_read=False)


def test_a_state_whose_stream_broke_goes_on_at_once_and_others_never_notice(
    tiny_model: LoadTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("gpt2")
    broken = iter([True])

    def once(*args: Any) -> list[Token]:
        if args[2] is not None and next(broken, False):
            raise RuntimeError("out of memory")
        return read_tokens(*args)

    monkeypatch.setattr("microscope.engine.streams.read_tokens", once)
    identity = TunedLens(
        torch.zeros(model.n_layers, model.d_model, model.d_model), torch.zeros(model.n_layers, model.d_model)
    )

    async def scenario(_: Device, streams: Streams) -> None:
        other = asyncio.create_task(collect(streams, State(model), request(model, "The dog", 40)))
        state = State(model)

        async def one() -> list[Token]:
            stream = streams.generate(state, request(model, "The cat", 5), identity)
            return [event async for event in stream if isinstance(event, Token)]

        with pytest.raises(RuntimeError, match="out of memory"):
            await one()
        assert len(await one()) == 5
        assert len(await other) == 40

    run(model, scenario, one_read=False)


def test_the_device_goes_on_while_the_event_loop_is_busy_and_no_further_than_it_may(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    before = model.counts.forwards

    async def scenario(_: Device, streams: Streams) -> None:
        stream = streams.generate(State(model), request(model, "The cat sat on", 30))
        seen = 0
        async for event in stream:
            seen += isinstance(event, Token)
            if seen == 3:
                break
        time.sleep(0.5)  # The event loop stands still.
        assert model.counts.forwards - before == seen + JOBS_AHEAD
        await stream.aclose()

    run(model, scenario, one_read=True)


def test_one_read_is_for_cores_that_are_all_used_and_float32(tiny_model: LoadTiny) -> None:
    single, half = tiny_model("gpt2"), tiny_model("gpt2", "bfloat16")
    assert one_read_pays(single, n_threads=1, n_cores=1)
    assert one_read_pays(single, n_threads=2, n_cores=2)
    assert not one_read_pays(single, n_threads=1, n_cores=2), "a core is free for a lens thread of its own"
    assert not one_read_pays(half, n_threads=1, n_cores=1), "16-bit logits would round by whole steps"


def test_a_refused_request_raises_at_its_caller(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")

    async def scenario(_: Device, streams: Streams) -> None:
        with pytest.raises(Invalid, match="no tokens"):
            await collect(streams, State(model), Request(()))
        assert streams.n_open == 0
        assert len(await collect(streams, State(model), request(model, "The dog", 3))) == 3

    run(model, scenario)
