"""What is in force where: a switch changes what comes after it and nothing before, and a state is made again so."""

from __future__ import annotations

from collections.abc import Callable
from sys import maxsize

import pytest
import torch

from microscope.core.patches.base import Member, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Generated, Scope, Span, written_from
from microscope.core.patches.steer import Steer
from microscope.engine.edits import NONE, UNCHANGED, Edits, Schedule, Stretch, always
from microscope.engine.generate import Decoder, Event, Request, Step, Switched, generate
from microscope.engine.model import Model
from microscope.engine.sampling import Sampling
from microscope.engine.state import State, prefill, rebuild

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."
SHAPES = ("gpt2", "llama", "qwen3", "gemma2")


def steered(model: Model, name: str, scope: Scope | None = None, seed: int = 0, n_prompt: int = 0) -> Edits:
    direction = torch.randn(model.d_model, generator=torch.Generator().manual_seed(seed))
    patch = Steer(site="L1.resid_post", direction=packed(direction), scale=20.0)
    member = Member(patch=patch, scope=scope) if scope else Member(patch=patch)
    return Edits(placed([member], model.place()), written_from(n_prompt), name)


def read(model: Model, schedule: Schedule, chunk: int = 512, upto: int | None = None) -> State:
    state = State(model, schedule)
    for _ in prefill(state, model.encode(TEXT)[:upto], chunk):
        pass
    return state


def always_so(edits: Edits) -> Schedule:
    return Schedule((Stretch(0, edits),))


def test_the_last_that_began_is_in_force() -> None:
    first, second = Edits(name="a", set="a"), Edits(name="b", set="b")
    schedule = Schedule((Stretch(3, first), Stretch(7, second)))
    assert [schedule.at(position).set for position in (0, 2, 3, 6, 7, 99)] == ["", "", "a", "a", "b", "b"]
    assert [schedule.end(position) for position in (0, 3, 7)] == [3, 7, maxsize]
    assert schedule.switched(5, NONE) == Schedule((Stretch(3, first), Stretch(5, NONE)))
    assert schedule.switched(3, second) == Schedule((Stretch(3, second),))


def test_schedules_agree_up_to_where_one_is_otherwise(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    one, same, other, nameless = (steered(model, name) for name in ("a", "a", "b", ""))
    assert always(one).agreeing(always(same)) == maxsize
    assert always(one).agreeing(always(other)) == 0
    assert always(one).agreeing(UNCHANGED) == 0
    assert always(nameless).agreeing(always(steered(model, ""))) == 0, "nobody knows whether they are the same"
    assert always(NONE).agreeing(UNCHANGED) == maxsize
    late = UNCHANGED.switched(4, one)
    assert late.agreeing(UNCHANGED) == 4
    assert late.agreeing(late.switched(9, NONE)) == 9
    assert late.agreeing(UNCHANGED.switched(4, same)) == maxsize


def test_one_set_agrees_up_to_where_the_model_wrote_otherwise() -> None:
    """A later turn's text has an earlier answer where that turn had it."""
    spans = (((7, maxsize),), ((7, 14), (21, maxsize)), ((7, 14), (20, maxsize)), ((0, 1),))
    first, then, sooner, other = (always_so(Edits((), one, f"a@{one}", "a")) for one in spans)
    assert first.agreeing(then) == 14
    assert then.agreeing(sooner) == 20
    assert then.agreeing(other) == 0
    assert then.agreeing(always_so(then.at(0)._replace(name="b", set="b"))) == 0
    assert first.switched(10, NONE).agreeing(then.switched(10, NONE)) == maxsize


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_computed_before_a_switch_keeps_its_bits_and_what_follows_is_changed(
    tiny_model: LoadTiny, shape: str
) -> None:
    model = tiny_model(shape)
    plain, always_so = read(model, UNCHANGED), read(model, always(steered(model, "a")))
    late = read(model, UNCHANGED.switched(5, steered(model, "a")))
    assert [step.length for step in late.passes] == [5, len(plain) - 5]
    alone = read(model, UNCHANGED, upto=5)
    assert torch.equal(late.resid[:, :5], alone.resid)
    assert not torch.allclose(late.resid[3, 5:], plain.resid[3, 5:], atol=0.1)
    assert not torch.allclose(late.resid[-1, 5:], always_so.resid[-1, 5:], atol=1e-4), "it reads keys of the old ones"


@pytest.mark.parametrize("shape", SHAPES)
def test_token_by_token_is_the_schedule_in_chunks(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    ids = model.encode(TEXT)
    first, second = steered(model, "a"), steered(model, "b", seed=1)
    state = State(model)
    for position, token in enumerate(ids):
        if position == 4:
            state.switch(first)
        if position == 9:
            state.switch(second)
        if position == 12:
            state.switch(NONE)
        state.extend([token])
    whole = read(model, state.schedule, chunk=7)
    assert [(one.start, one.edits.name) for one in state.schedule.stretches] == [(4, "a"), (9, "b"), (12, "")]
    torch.testing.assert_close(whole.resid, state.resid, atol=5e-5, rtol=1e-4)


def test_following_another_schedule_keeps_what_is_the_same(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    edits = steered(model, "a")
    state = read(model, UNCHANGED.switched(6, edits))
    state.follow(UNCHANGED.switched(6, steered(model, "a")))
    assert len(state) == len(model.encode(TEXT))
    state.follow(UNCHANGED)
    assert len(state) == 6
    state.follow(always(edits))
    assert len(state) == 0


@pytest.mark.parametrize("shape", [*SHAPES, "mistral"])
def test_what_a_scope_does_not_reach_is_kept_under_another_set(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    ids = model.encode(TEXT)
    tail, other = (steered(model, name, Span(start=first, end=12))._replace(first=first) for name, first in
                   (("a", 10), ("b", 8)))  # fmt: skip
    assert (always(tail).agreeing(UNCHANGED), always(tail).agreeing(always(other))) == (10, 8)
    state = read(model, UNCHANGED)
    for edits, kept in ((tail, 10), (other, 8), (NONE, 8)):
        before = model.counts.positions_computed
        assert [done.reused for done in prefill(state, ids, schedule=always(edits))][-1] == kept
        assert model.counts.positions_computed - before == len(ids) - kept
        torch.testing.assert_close(state.resid, read(model, always(edits)).resid, atol=5e-5, rtol=1e-4)


def test_a_pass_that_reached_over_what_is_a_change_now_is_made_again_in_parts(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    state, ids = read(model, UNCHANGED), model.encode(TEXT)
    schedule = UNCHANGED.switched(5, steered(model, "a", Span(start=900, end=901))._replace(first=900))
    again = State(model)
    for _ in rebuild(again, state.recipe.agreeing(ids, schedule)):
        pass
    assert [step.length for step in again.passes] == [5, len(ids) - 5]
    assert not again.original(0, len(ids))
    torch.testing.assert_close(again.resid, state.resid, atol=5e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_evicted_state_comes_back_in_its_bits(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    state = read(model, UNCHANGED.switched(5, steered(model, "a")), chunk=4)
    again = State(model)
    for _ in rebuild(again, state.recipe):
        pass
    assert torch.equal(again.resid, state.resid)
    assert again.recipe == state.recipe
    assert again.original(0, len(again))
    unknown = State(model)
    for _ in rebuild(unknown, state.recipe._replace(passes=())):
        pass
    torch.testing.assert_close(unknown.resid, state.resid, atol=5e-5, rtol=1e-4)


def request(model: Model, n: int = 12, seed: int = 0) -> Request:
    ids = tuple(model.encode("The cat sat on"))
    return Request(ids, Sampling(temperature=1.0, seed=seed), max_new_tokens=n)


def said(events: list[Event], stream: int) -> list[int]:
    return [event.token_id for event in events if isinstance(event, Step) and event.stream == stream]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_switch_while_it_streams_is_told_and_repeats_from_its_schedule(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    n_prompt = len(request(model).ids)
    edits = steered(model, "a", Generated(), n_prompt=n_prompt)
    decoder, state, other = Decoder(model), State(model), State(model)
    stream, beside = decoder.open(state, request(model)), decoder.open(other, request(model, seed=5))
    events: list[Event] = []
    while not decoder.idle:
        events += decoder.advance()
        if len(said(events, stream)) == 4 and not any(isinstance(event, Switched) for event in events):
            decoder.switch(stream, edits)
            decoder.switch(stream, edits)
    (switched,) = [event for event in events if isinstance(event, Switched)]
    assert (switched.stream, switched.position, switched.edits) == (stream, n_prompt + 3, edits)
    assert other.schedule == UNCHANGED
    plain = list(generate(State(model), request(model, seed=5)))
    assert said(events, beside) == [event.token_id for event in plain if isinstance(event, Step)], "nothing leaks"
    ids = [*request(model).ids, *said(events, stream)][: len(state)]
    again = State(model, state.schedule)
    for _ in prefill(again, ids):
        pass
    torch.testing.assert_close(again.resid, state.resid, atol=1e-4, rtol=1e-3)
    unpatched = [event.token_id for event in generate(State(model), request(model)) if isinstance(event, Step)]
    assert said(events, stream)[:4] == unpatched[:4]
    assert not torch.allclose(state.resid[2, -1], read_plain(model, ids).resid[2, -1], atol=0.1)


def read_plain(model: Model, ids: list[int]) -> State:
    state = State(model)
    for _ in prefill(state, ids):
        pass
    return state


def test_a_switch_for_a_stream_that_has_ended_is_let_go(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    decoder = Decoder(model)
    ended = decoder.open(State(model), request(model, 2))
    while not decoder.idle:
        decoder.advance()
    decoder.switch(ended, steered(model, "a"))
    state = State(model)
    decoder.open(state, request(model, 3))
    events: list[Event] = []
    while not decoder.idle:
        events += decoder.advance()
    assert not any(isinstance(event, Switched) for event in events)
    assert state.schedule == UNCHANGED


def test_a_request_says_what_is_in_force(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    edits = steered(model, "a")
    state = read(model, UNCHANGED)
    patched = request(model)._replace(schedule=always(edits))
    first = [event.token_id for event in generate(state, patched) if isinstance(event, Step)]
    fresh = [
        event.token_id for event in generate(State(model, always(edits)), request(model)) if isinstance(event, Step)
    ]
    assert first == fresh
    assert state.schedule == always(edits)
