"""The shapes that scripts rely on: one request, all tokens with their lens, nothing kept."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from microscope.core.lens import TunedLens
from microscope.core.patches.scope import Written, written_from
from microscope.core.sites import Component
from microscope.engine.device import Priority
from microscope.engine.edits import Edits, always
from microscope.engine.generate import Finished, Reading, Request, Switched
from microscope.engine.sampling import Sampling as Draw
from microscope.engine.state import State, prefill
from microscope.engine.streams import Token
from microscope.engine.tokenizer import Message
from microscope.errors import Unsupported
from microscope.lab import Lab, Loaded
from microscope.services.limits import check_context, check_not_empty, check_reading, check_sampling, check_text
from microscope.services.patches import Patches, named_members, no_number
from microscope.services.reading import reading_at, rows_of, where
from microscope.services.states import passing
from microscope.services.turns import rendered, written_at
from microscope.wire.conversations import Sampling
from microscope.wire.lenses import LensRow, Read
from microscope.wire.scripts import (
    ChatRequest,
    ChatResponse,
    LensRequest,
    LensResponse,
    Prediction,
    ScriptLensRow,
    ScriptToken,
)


class _Span(NamedTuple):
    start: int
    end: int


class Scripts:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, patches: Patches) -> None:
        self._lab = lab
        self._patches = patches

    async def chat(self, request: ChatRequest) -> ChatResponse:
        """One answer, with the lens of every token of it and of the user's turn. A base model continues `text`.

        Raises:
            Invalid, TooLarge, Busy, NotFound: as for conversations.
            Invalid: strengths at which the model computes what is no number.
            NotFound, Incompatible, Unsupported: patches that are not here, or do not fit the model.
            Unsupported: `messages` with a model that has no chat template.
        """
        settings = self._lab.settings
        for text in (request.text, *(message.content for message in request.messages)):
            check_text(settings, text)
        check_not_empty(request.text)
        check_sampling(settings, request.sampling)
        check_reading(settings, request.k, "resid", request.lens)
        async with self._patches.in_force(named_members(request.patches), request.model) as force:
            loaded = force.loaded
            lens = await self._lab.lens(loaded, request.lens)
            ids, user, written = await asyncio.to_thread(_prompt, loaded, request)
            info = loaded.model.info
            loaded.model.check_ids(ids[: info.n_ctx])
            check_context(info.name, info.n_ctx, len(ids))
            with passing(self._lab, State(loaded.model, always(Edits(force.placed, written)))) as state:
                said = await self._answer(loaded, state, ids, request.sampling)
                every = [*ids, *said]
                tokens = await self._read(state, every, _Span(len(ids), len(every)), "for", "resid", lens, request.k)
                user_tokens = await self._read(state, every, user, "for", "resid", lens, request.k)
        while said and said[-1] in loaded.model.end_ids:
            said.pop()
        text = loaded.model.tokenizer.decode(said).decode(errors="replace")
        return ChatResponse(text=text, tokens=tokens, user_tokens=user_tokens, set=force.set)

    async def lens(self, request: LensRequest) -> LensResponse:
        """Every token of a text with its lens.

        Raises:
            Invalid: an empty text.
            TooLarge: over `max_prompt_chars`, `max_k` or the model's n_ctx.
            Busy: over `max_streams`.
            NotFound, Incompatible, Unsupported: as `chat` says of patches.
        """
        check_text(self._lab.settings, request.text)
        check_not_empty(request.text)
        check_reading(self._lab.settings, request.k, request.component, request.lens)
        async with self._patches.in_force(named_members(request.patches), request.model) as force:
            loaded = force.loaded
            lens = await self._lab.lens(loaded, request.lens)
            ids = await asyncio.to_thread(loaded.model.encode, request.text)
            with passing(self._lab, State(loaded.model, always(Edits(force.placed)))) as state:
                async for _ in self._lab.device.stream(Priority.TOKEN, prefill(state, ids)):
                    self._lab.states.trim()
                span = _Span(0, len(ids))
                tokens = await self._read(state, ids, span, request.read, request.component, lens, request.k)
        return LensResponse(tokens=tokens, set=force.set)

    async def _answer(self, loaded: Loaded, state: State, ids: Sequence[int], sampling: Sampling) -> list[int]:
        draw = Draw(sampling.temperature, sampling.top_p, sampling.top_k, sampling.seed)
        request = Request(tuple(ids), draw, sampling.max_new_tokens, loaded.model.end_ids)
        said: list[int] = []
        async with aclosing(loaded.streams.generate(state, request)) as events:
            async for event in events:
                match event:
                    case Token():
                        if state.schedule.stretches and not math.isfinite(event.logprob):
                            raise no_number()
                        said.append(event.token_id)
                    case Reading() | Switched() | Finished():
                        self._lab.states.trim()
        return said

    async def _read(
        self,
        state: State,
        ids: Sequence[int],
        span: _Span,
        read: Read,
        component: Component,
        lens: TunedLens | None,
        k: int,
    ) -> tuple[ScriptToken, ...]:
        """The lens of every token of the span, one job of the device for each."""
        steps = _rows(state, ids, span, read, component, lens, k)
        rows = [row async for row in self._lab.device.stream(Priority.CLICK, steps)]
        tokens = state.model.token_bytes
        return tuple(
            ScriptToken(
                id=ids[position],
                position=position,
                text=tokens[ids[position]].decode(errors="replace"),
                lens=tuple(_script_row(one, tokens) for one in row),
            )
            for position, row in zip(range(span.start, span.end), rows, strict=True)
        )


class _Prompt(NamedTuple):
    """What is answered."""

    ids: list[int]
    user: _Span
    """Where the new user turn lies in it."""

    written: Written
    """By the model: its turns before, and all that is to come."""


def _prompt(loaded: Loaded, request: ChatRequest) -> _Prompt:
    model = loaded.model
    if not model.info.chat:
        if request.messages:
            raise Unsupported(
                f"{model.info.name} has no chat template, so it cannot be given messages.",
                next="Leave `messages` out: `text` is then continued.",
            )
        ids = model.encode(request.text)
        return _Prompt(ids, _Span(0, len(ids)), written_from(len(ids)))
    messages = [Message(message.role, message.content) for message in request.messages]
    messages.append(Message("user", request.text))
    prompt = rendered(model.chat_ids(messages, thinking=request.thinking), messages, model.tokenizer)
    user = next(turn for turn in reversed(prompt.turns) if turn.role == "user")
    return _Prompt(prompt.ids, _Span(user.start, user.end), written_at(prompt.turns, len(prompt.ids)))


def _rows(
    state: State,
    ids: Sequence[int],
    span: _Span,
    read: Read,
    component: Component,
    lens: TunedLens | None,
    k: int,
) -> Iterator[tuple[LensRow, ...]]:
    for position in range(span.start, span.end):
        place = where(ids, position, read)
        yield (
            () if place is None else rows_of(reading_at(state, place.row, place.actual, component, lens, k), component)
        )


def _script_row(row: LensRow, tokens: Sequence[bytes]) -> ScriptLensRow:
    return ScriptLensRow(
        layer=row.layer,
        predictions=tuple(
            Prediction(id=index, token=tokens[index].decode(errors="replace"), probability=math.exp(logprob), rank=rank)
            for rank, (index, logprob) in enumerate(zip(row.ids, row.logprobs, strict=True))
        ),
        entropy=row.entropy,
        probability=None if row.logprob is None else math.exp(row.logprob),
        rank=row.rank,
        kl_to_last=row.kl_to_last,
    )
