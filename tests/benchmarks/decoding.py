"""A chat with the full lens of every layer (top 10, entropy, chosen token's probability) against plain `generate`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import torch

from microscope.core.lens import Summary, summarise
from microscope.engine.device import Device
from microscope.engine.generate import Request, Step, generate
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.engine.streams import Streams, Token
from tests.benchmarks import peers
from tests.benchmarks.harness import Line, Rounds, Variant, n_cores, on_cores, take_turns
from tests.benchmarks.shapes import Opened, S, Shape, open_shape, random_ids

N_STREAMS = 4
ONE_CORE, TWO_CORES, TRACES = 1.20, 1.05, 6.0

PLAIN, LOOP, CHAT = "plain generate", "token loop, no lens", "chat with its lens"
THREADED = "chat that reads its lens in a second thread"
TRACE, PEER, TOGETHER = "a trace per token", "TransformerLens' run_with_cache per token", f"{N_STREAMS} chats at once"


def measure(shape: Shape = S, rounds: int = 7, n_prompt: int = 16, n_new: int = 48, n_traced: int = 24) -> list[Line]:
    """On one core, and on two where there are two."""
    lines = _with_cores(1, ONE_CORE, shape, rounds, n_prompt, n_new)
    if n_cores() > 1:
        lines += _with_cores(2, TWO_CORES, shape, rounds, n_prompt, n_new)
    return lines + on_cores(1, traced, shape, max(1, rounds // 2), n_prompt, n_traced)


def _with_cores(cores: int, target: float, shape: Shape, rounds: int, n_prompt: int, n_new: int) -> list[Line]:
    # On one core, CPU time is time, and other programs do not count in it; two cores need a clock on the wall.
    clock = time.process_time if cores == 1 else time.perf_counter
    turns = on_cores(cores, chats, shape, rounds, n_prompt, n_new, clock)
    where = f"{shape.name}, {cores} core{'s' * (cores > 1)}"
    return [
        Line(f"{LOOP}, residuals kept, against {PLAIN} ({where})", turns.ratio(LOOP, PLAIN)),
        Line(f"{CHAT} of every layer against {PLAIN} ({where})", turns.ratio(CHAT, PLAIN), target),
        Line(f"{THREADED} against {PLAIN} ({where})", turns.ratio(THREADED, PLAIN)),
        Line(f"{TOGETHER} with their lenses against one ({where})", turns.ratio(TOGETHER, CHAT)),
    ]


def chats(shape: Shape, rounds: int, n_prompt: int, n_new: int, clock: Callable[[], float]) -> Rounds:
    """All variants write the same text, and the lenses shown are those of the plain way."""
    opened, prompt = open_shape(shape), random_ids(shape, n_prompt)
    device = Device()

    def together(n: int, one_read: bool | None = None) -> list[list[Token]]:
        return asyncio.run(chat(device, opened.model, prompt, n_new, n, one_read))

    try:
        turns = take_turns(
            [
                Variant(PLAIN, lambda: plain(opened, prompt, n_new)),
                Variant(LOOP, lambda: loop(opened.model, prompt, n_new)),
                Variant(CHAT, lambda: together(1)),
                Variant(THREADED, lambda: together(1, one_read=False)),
                Variant(TOGETHER, lambda: together(N_STREAMS)),
            ],
            rounds,
            clock,
        )
    finally:
        device.close()
    steps: list[Step] = turns.result(LOOP)
    text = [step.token_id for step in steps]
    assert turns.result(PLAIN) == text, "the token loop writes what generate writes"
    for tokens in [*turns.result(CHAT), *turns.result(THREADED), *turns.result(TOGETHER)]:
        assert [token.token_id for token in tokens] == text, "streams write what generate writes"
    for tokens in [*turns.result(CHAT), *turns.result(THREADED)]:
        for step, token in zip(steps, tokens, strict=True):
            check_lens(step, token.lens, opened.model)
    return turns


def check_lens(step: Step, shown: Summary, model: Model) -> None:
    """Top 10 as a plain float32 product orders them, numbers within 1e-3."""
    unembed = model.unembed
    logits = torch.nn.functional.linear(unembed.norm(step.resid), unembed.weight, unembed.bias)
    probabilities = logits.softmax(-1)
    expected = probabilities.topk(shown.ids.shape[-1])
    assert torch.equal(shown.ids, expected.indices), f"another top {shown.ids.shape[-1]} at position {step.position}"
    torch.testing.assert_close(shown.probabilities, expected.values, atol=1e-3, rtol=0)
    torch.testing.assert_close(shown.entropy, torch.special.entr(probabilities).sum(-1), atol=1e-3, rtol=0)
    torch.testing.assert_close(shown.chosen, probabilities[:, step.token_id], atol=1e-3, rtol=0)


def plain(opened: Opened, prompt: tuple[int, ...], n_new: int) -> list[int]:
    ids = opened.hf.generate(
        torch.tensor([prompt]), max_new_tokens=n_new, min_new_tokens=n_new, do_sample=False, pad_token_id=0
    )
    return ids[0, len(prompt) :].tolist()


def loop(model: Model, prompt: tuple[int, ...], n_new: int) -> list[Step]:
    events = generate(State(model), Request(prompt, max_new_tokens=n_new))
    return [event for event in events if isinstance(event, Step)]


async def chat(
    device: Device, model: Model, prompt: tuple[int, ...], n_new: int, n: int, one_read: bool | None = None
) -> list[list[Token]]:
    """`n` streams at once, as the server runs them: on one core with one read of W_U, else with a lens thread."""
    streams = Streams(device, model, one_read=one_read)

    async def one() -> list[Token]:
        events = streams.generate(State(model), Request(prompt, max_new_tokens=n_new))
        return [event async for event in events if isinstance(event, Token)]

    try:
        return await asyncio.gather(*(one() for _ in range(n)))
    finally:
        await streams.close()


def traced(shape: Shape, rounds: int, n_prompt: int, n_new: int) -> list[Line]:
    """The way of most tutorials: the whole text runs again for every token, and layers are unembedded one by one."""
    opened, prompt = open_shape(shape), random_ids(shape, n_prompt)
    device = Device()
    variants = [
        Variant(CHAT, lambda: asyncio.run(chat(device, opened.model, prompt, n_new, 1))),
        Variant(TRACE, lambda: trace_per_token(opened.hf, prompt, n_new)),
    ]
    if peers.INSTALLED:
        peer = peers.same_weights(opened.hf)
        variants.append(Variant(PEER, lambda: peers.trace_per_token(peer, prompt, n_new)))
    try:
        turns = take_turns(variants, rounds, time.process_time)
    finally:
        device.close()
    text = [token.token_id for token in turns.result(CHAT)[0]]
    for name in turns.names[1:]:
        assert turns.result(name) == text, f"{name} writes the same text"
    where = f"{shape.name}, {n_new} tokens, 1 core"
    return [
        Line(f"{name} against {CHAT} ({where})", turns.ratio(name, CHAT), TRACES, at_least=True)
        for name in turns.names[1:]
    ]


@torch.no_grad()
def trace_per_token(hf: Any, prompt: tuple[int, ...], n_new: int) -> list[int]:
    ids = list(prompt)
    for _ in range(n_new):
        *states, normed = hf(torch.tensor([ids]), output_hidden_states=True, use_cache=False).hidden_states
        # The last of transformers' hidden states has been through the final norm already.
        rows = [*(hf.transformer.ln_f(state[:, -1]) for state in states), normed[:, -1]]
        readings = [hf.lm_head(row) for row in rows]
        for logits in readings:
            summarise(logits)
        ids.append(int(readings[-1].argmax()))
    return ids[len(prompt) :]
