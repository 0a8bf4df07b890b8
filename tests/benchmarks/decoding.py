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
from tests.benchmarks.harness import Line, Rounds, Variant, n_cores, on_cores, say, take_turns
from tests.benchmarks.shapes import M, Opened, S, Shape, open_shape, random_ids

N_STREAMS = 4
ONE_CORE, TWO_CORES, TRACES = 1.20, 1.05, 6.0
GPU, GPU_STREAMS = 1.10, 2.0
N_PROMPT, N_NEW, N_TRACED = 16, 48, 24

PLAIN, LOOP, CHAT = "plain generate", "token loop, no lens", "chat with its lens"
THREADED, TOGETHER = "chat that reads its lens in a second thread", f"{N_STREAMS} chats at once"
LEAN, TUTORIAL = "a lean trace per token", "nnsight's tutorial, a trace per token"
PEER_LEAN, PEER = "TransformerLens, a lean run_with_cache per token", "TransformerLens' logit lens per token"


def one_core(shape: Shape = S, rounds: int = 7, n_prompt: int = N_PROMPT, n_new: int = N_NEW) -> list[Line]:
    """The chat shares one read of W_U with the model's head; beside it what a second thread would cost."""
    # On one core, CPU time is time, and other programs do not count in it.
    turns = on_cores(1, chats, (LOOP, CHAT, THREADED), shape, rounds, n_prompt, n_new, time.process_time)
    where = f"{shape.name}, 1 core"
    return [
        Line(f"{LOOP}, residuals kept, against {PLAIN} ({where})", turns.ratio(LOOP, PLAIN)),
        Line(f"{CHAT} of every layer against {PLAIN} ({where})", turns.ratio(CHAT, PLAIN), ONE_CORE),
        Line(f"{THREADED} against {PLAIN} ({where})", turns.ratio(THREADED, PLAIN)),
    ]


def two_cores(shape: Shape = S, rounds: int = 7, n_prompt: int = N_PROMPT, n_new: int = N_NEW) -> list[Line]:
    """Every product has two threads, plain generation's too. A clock on the wall: both cores have to be free."""
    if n_cores() < 2:
        say("left out: this process may use one core only")
        return []
    turns = on_cores(2, chats, (LOOP, CHAT, THREADED), shape, rounds, n_prompt, n_new, time.perf_counter)
    where = f"{shape.name}, 2 cores"
    return [
        Line(f"{LOOP}, residuals kept, against {PLAIN} ({where})", turns.ratio(LOOP, PLAIN)),
        Line(f"{CHAT} of every layer against {PLAIN} ({where})", turns.ratio(CHAT, PLAIN), TWO_CORES),
        Line(f"{THREADED} against {PLAIN} ({where})", turns.ratio(THREADED, PLAIN)),
    ]


def streams(shape: Shape = S, rounds: int = 5, n_prompt: int = N_PROMPT, n_new: int = N_NEW) -> list[Line]:
    """Conversations that stream at once."""
    turns = on_cores(1, chats, (CHAT, TOGETHER), shape, rounds, n_prompt, n_new, time.process_time)
    where = f"{shape.name}, 1 core"
    return [Line(f"{TOGETHER} with their lenses against one ({where})", turns.ratio(TOGETHER, CHAT))]


def gpu(
    shapes: tuple[Shape, ...] = (S, M),
    rounds: int = 7,
    n_prompt: int = N_PROMPT,
    n_new: int = N_NEW,
    device: str = "cuda",
) -> list[Line]:
    """The chat where the arithmetic is nearly free and what counts is how often Python and the device wait."""
    if device == "cuda" and not torch.cuda.is_available():
        say("left out: no GPU here")
        return []
    lines: list[Line] = []
    for shape in shapes:
        turns = chats((LOOP, CHAT, TOGETHER), shape, rounds, n_prompt, n_new, time.perf_counter, device)
        where = f"{shape.name}, {device}"
        lines += [
            Line(f"{LOOP}, residuals kept, against {PLAIN} ({where})", turns.ratio(LOOP, PLAIN)),
            Line(f"{CHAT} of every layer against {PLAIN} ({where})", turns.ratio(CHAT, PLAIN), GPU),
            Line(f"{TOGETHER} with their lenses against one ({where})", turns.ratio(TOGETHER, CHAT), GPU_STREAMS),
        ]
    return lines


def trace(shape: Shape = S, rounds: int = 3, n_prompt: int = N_PROMPT, n_new: int = N_TRACED) -> list[Line]:
    """What people do today: the whole text runs again for every token."""
    turns = on_cores(1, traces, shape, rounds, n_prompt, n_new)
    where = f"{shape.name}, {n_new} tokens, 1 core"
    tutorials = (TUTORIAL, PEER)
    return [
        Line(
            f"{name} against {CHAT} ({where})",
            turns.ratio(name, CHAT),
            TRACES if name in tutorials else None,
            at_least=name in tutorials,
        )
        for name in turns.names[1:]
    ]


def chats(
    names: tuple[str, ...],
    shape: Shape,
    rounds: int,
    n_prompt: int,
    n_new: int,
    clock: Callable[[], float],
    where: str = "cpu",
) -> Rounds:
    """Plain generation and these variants: all write the same text, and show the lenses of the plain way."""
    opened, prompt = open_shape(shape, where), random_ids(shape, n_prompt)
    device = Device()

    def together(n: int, one_read: bool | None = None) -> list[list[Token]]:
        return asyncio.run(chat(device, opened.model, prompt, n_new, n, one_read))

    ways: dict[str, Callable[[], object]] = {
        LOOP: lambda: loop(opened.model, prompt, n_new),
        CHAT: lambda: together(1),
        THREADED: lambda: together(1, one_read=False),
        TOGETHER: lambda: together(N_STREAMS),
    }
    variants = [Variant(PLAIN, lambda: plain(opened, prompt, n_new)), *(Variant(name, ways[name]) for name in names)]
    try:
        turns = take_turns(variants, rounds, clock)
    finally:
        device.close()
    steps = loop(opened.model, prompt, n_new)
    text = [step.token_id for step in steps]
    assert turns.result(PLAIN) == text, "the token loop writes what generate writes"
    for name in set(names) - {LOOP}:
        for tokens in turns.result(name):
            assert [token.token_id for token in tokens] == text, f"{name} writes what generate writes"
    for name in {CHAT, THREADED} & set(names):
        for step, token in zip(steps, turns.result(name)[0], strict=True):
            check_lens(step, token.lens, opened.model)
    return turns


def check_lens(step: Step, shown: Summary, model: Model) -> None:
    """Top 10 as a plain float32 product orders them, numbers within 1e-3."""
    unembed = model.unembed
    logits = torch.nn.functional.linear(unembed.norm(step.resid), unembed.weight, unembed.bias)
    probabilities = logits.softmax(-1).to(shown.ids.device)
    expected = probabilities.topk(shown.ids.shape[-1])
    assert torch.equal(shown.ids, expected.indices), f"another top {shown.ids.shape[-1]} at position {step.position}"
    torch.testing.assert_close(shown.probabilities, expected.values, atol=1e-3, rtol=0)
    torch.testing.assert_close(shown.entropy, torch.special.entr(probabilities).sum(-1), atol=1e-3, rtol=0)
    torch.testing.assert_close(shown.chosen, probabilities[:, step.token_id], atol=1e-3, rtol=0)


def plain(opened: Opened, prompt: tuple[int, ...], n_new: int) -> list[int]:
    ids = opened.hf.generate(
        torch.tensor([prompt], device=opened.hf.device),
        max_new_tokens=n_new,
        min_new_tokens=n_new,
        do_sample=False,
        pad_token_id=0,
    )
    return ids[0, len(prompt) :].tolist()


def loop(model: Model, prompt: tuple[int, ...], n_new: int) -> list[Step]:
    events = generate(State(model), Request(prompt, max_new_tokens=n_new))
    return [event for event in events if isinstance(event, Step)]


async def chat(
    device: Device, model: Model, prompt: tuple[int, ...], n_new: int, n: int, one_read: bool | None = None
) -> list[list[Token]]:
    """`n` streams at once, as the server runs them: where torch uses all cores, as here, with one read of W_U."""
    streams = Streams(device, model, one_read=one_read)

    async def one() -> list[Token]:
        events = streams.generate(State(model), Request(prompt, max_new_tokens=n_new))
        return [event async for event in events if isinstance(event, Token)]

    try:
        return await asyncio.gather(*(one() for _ in range(n)))
    finally:
        await streams.close()


def traces(shape: Shape, rounds: int, n_prompt: int, n_new: int) -> Rounds:
    """All write the same text, and the tutorials find the chat's tokens at every layer."""
    opened, prompt = open_shape(shape), random_ids(shape, n_prompt)
    device = Device()
    nnsight = peers.wrapped(opened.hf)
    variants = [
        Variant(CHAT, lambda: asyncio.run(chat(device, opened.model, prompt, n_new, 1))),
        Variant(LEAN, lambda: trace_per_token(opened.hf, prompt, n_new)),
        Variant(TUTORIAL, lambda: peers.nnsight_per_token(nnsight, prompt, n_new)),
    ]
    if peers.INSTALLED:
        peer = peers.same_weights(opened.hf)
        variants.append(Variant(PEER_LEAN, lambda: peers.trace_per_token(peer, prompt, n_new)))
        variants.append(Variant(PEER, lambda: peers.lens_per_token(peer, prompt, n_new)))
    try:
        turns = take_turns(variants, rounds, time.process_time)
    finally:
        device.close()
    shown: list[Token] = turns.result(CHAT)[0]
    for name in turns.names[1:]:
        written: peers.Written = turns.result(name)
        assert written.ids == [token.token_id for token in shown], f"{name} writes the same text"
        for token, lens in zip(shown, written.lenses, strict=True):
            rows = token.lens.ids[-len(lens.ids) :]  # The tutorial of nnsight leaves out the embedding.
            assert (rows == lens.ids).float().mean() > 0.99, f"{name} finds other tokens"
    return turns


@torch.no_grad()
def trace_per_token(hf: Any, prompt: tuple[int, ...], n_new: int) -> peers.Written:
    """As lean as a trace can be: transformers' own hidden states, and only the last position is unembedded."""
    ids = list(prompt)
    lenses: list[Summary] = []
    for _ in range(n_new):
        *states, normed = hf(torch.tensor([ids]), output_hidden_states=True, use_cache=False).hidden_states
        # The last of transformers' hidden states has been through the final norm already.
        rows = [*(hf.transformer.ln_f(state[:, -1]) for state in states), normed[:, -1]]
        logits = [hf.lm_head(row) for row in rows]
        lenses.append(summarise(torch.cat(logits)))
        ids.append(int(logits[-1].argmax()))
    return peers.Written(ids[len(prompt) :], lenses)
