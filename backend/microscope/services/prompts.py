"""What a turn begins from: the ids to go on from, and whose tokens they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from microscope.engine.state import common_prefix
from microscope.engine.tokenizer import Message
from microscope.errors import Invalid
from microscope.lab import Loaded
from microscope.services.turns import KeptTurn, Rendered, cut, joined, messages_of, rendered, spliced
from microscope.wire.conversations import Role


class Prompt(NamedTuple):
    """What a turn begins from."""

    ids: list[int]
    turns: list[KeptTurn]
    role: Role
    """Of what will be generated."""

    changed: int
    """The first position that differs from what the conversation held."""


async def answered(
    loaded: Loaded, mode: str, ids: Sequence[int], turns: Sequence[KeptTurn], text: str, thinking: bool | None
) -> Prompt:
    """The conversation with a new user turn, up to where the answer begins; in `text` mode with raw text behind it."""
    if mode == "text":
        tail = await asyncio.to_thread(loaded.model.encode, text, bos=not ids)
        typed = KeptTurn(role="text", start=len(ids), end=len(ids) + len(tail))
        return Prompt([*ids, *tail], [*turns, typed], "text", len(ids))
    prompt = await _rendered(loaded, [*_messages(loaded, turns, ids), Message("user", text)], thinking)
    changed = common_prefix(ids, prompt.ids)
    return Prompt(prompt.ids, spliced(turns, prompt.turns, changed), "assistant", changed)


def continued(mode: str, ids: list[int], turns: list[KeptTurn]) -> Prompt:
    """Going on from the last token.

    Raises:
        Invalid: there is none, or it ended its turn.
    """
    if not ids:
        raise Invalid("The conversation is empty; there is nothing to go on from.", next="Send a text first.")
    last = turns[-1] if turns else None
    if mode == "chat" and last is not None and last.reason == "end":
        raise Invalid("The last turn ended by itself.", next="Send a message, or branch at one of its tokens.")
    return Prompt(ids, turns, "assistant" if mode == "chat" else "text", len(ids))


def of_system(loaded: Loaded, mode: str, system: str) -> Rendered:
    """A conversation that begins with a system message; in `text` mode with this text."""
    if not system.strip():
        return Rendered([], [])
    if mode == "text":
        ids = loaded.model.encode(system)
        return Rendered(ids, [KeptTurn(role="text", start=0, end=len(ids))])
    messages = [Message("system", system)]
    return rendered(loaded.model.chat_ids(messages, add_generation_prompt=False), messages, loaded.model.tokenizer)


async def with_text(
    loaded: Loaded,
    mode: str,
    ids: Sequence[int],
    turns: Sequence[KeptTurn],
    position: int,
    text: str,
    thinking: bool | None,
) -> Rendered:
    """Another user turn in the place of the one that begins at, covers, or follows `position`."""
    if mode == "text":
        tail = await asyncio.to_thread(loaded.model.encode, text, bos=position == 0)
        typed = KeptTurn(role="text", start=position, end=position + len(tail))
        return Rendered([*ids[:position], *tail], [*cut(turns, position), typed])
    at = next((turn.start for turn in turns if turn.role == "user" and turn.end > position), len(ids))
    before = cut(turns, at)
    prompt = await _rendered(loaded, [*_messages(loaded, before, ids), Message("user", text)], thinking)
    return Rendered(prompt.ids, spliced(before, prompt.turns, common_prefix(ids[:at], prompt.ids)))


def with_token(loaded: Loaded, ids: Sequence[int], turns: Sequence[KeptTurn], position: int, token_id: int) -> Rendered:
    """Another token at one position; typed tokens behind it stay, up to the next generated turn.

    Raises:
        Invalid: no such token, or nothing to replace.
    """
    if token_id >= loaded.model.d_vocab:
        raise Invalid(
            f"Token {token_id} is outside the vocabulary of {loaded.model.d_vocab}.",
            next=f"Give an id from 0 to {loaded.model.d_vocab - 1}.",
        )
    if position >= len(ids):
        raise Invalid(
            f"Position {position} has no token to replace; the conversation has {len(ids)}.",
            next="Give the position of one of its tokens, counted from 0; text is added with `send`.",
        )
    generated = [turn for turn in turns if turn.sampling is not None and turn.end > position]
    inside = bool(generated) and generated[0].start <= position
    end = position + 1 if inside else generated[0].start if generated else len(ids)
    before = cut(turns, end)
    edited = [turn.model_copy(update={"text": None}) if turn.start <= position < turn.end else turn for turn in before]
    return Rendered([*ids[:position], token_id, *ids[position + 1 : end]], joined(edited))


def _messages(loaded: Loaded, turns: Sequence[KeptTurn], ids: Sequence[int]) -> list[Message]:
    return messages_of(turns, ids, loaded.model.tokenizer, loaded.model.end_ids)


async def _rendered(loaded: Loaded, messages: list[Message], thinking: bool | None) -> Rendered:
    """Off the event loop: a hundred thousand characters take a while."""
    chat = await asyncio.to_thread(loaded.model.chat_ids, messages, thinking=thinking)
    return await asyncio.to_thread(rendered, chat, messages, loaded.model.tokenizer)
